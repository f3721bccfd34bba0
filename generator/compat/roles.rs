//! Which interfaces of both packages are linked to each other through worlds that both have, and which way.

use std::collections::{BTreeMap, HashSet};

use super::change::Breaks;
use super::open_uses::{UsedTypes, used_by_open};
use super::view::View;
use crate::model::{Direction, World, WorldItem, WorldItemKind};

/// Where an interface is seen, on both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub is_imported: bool,
    pub is_exported: bool,
    /// Types of an imported interface that components see.
    pub live_old: HashSet<String>,
    pub live_new: HashSet<String>,
    /// Whether no world has it. Then users are assumed to import all of it.
    pub is_open: bool,
}

impl Role {
    /// The role of an interface that no two worlds have in common; an open one is taken to be imported.
    fn unlinked(is_open: bool) -> Self {
        Role {
            is_open,
            is_imported: is_open,
            ..Role::default()
        }
    }

    /// Returns which sides an added item breaks.
    pub fn gained(&self) -> Breaks {
        Breaks {
            guest: self.is_exported,
            host: self.is_imported,
            source: false,
        }
    }

    /// Returns which sides a removed item breaks.
    pub fn lost(&self) -> Breaks {
        Breaks {
            guest: self.is_imported,
            host: self.is_exported,
            source: true,
        }
    }

    /// Returns which sides an added type breaks.
    pub fn gained_type(&self, name: &str) -> Breaks {
        Breaks {
            guest: self.is_exported,
            host: self.is_imported && self.is_live_new(name),
            source: false,
        }
    }

    /// Returns which sides a removed type breaks.
    pub fn lost_type(&self, name: &str) -> Breaks {
        Breaks {
            guest: self.is_imported && self.is_live_old(name),
            host: self.is_exported,
            source: true,
        }
    }

    /// Whether components of the old world see a type.
    pub fn is_live_old(&self, name: &str) -> bool {
        self.is_open || self.live_old.contains(name)
    }

    /// Whether components of the new world see a type.
    pub fn is_live_new(&self, name: &str) -> bool {
        self.is_open || self.live_new.contains(name)
    }

    /// Adds items of two worlds, with the full names of what has their types.
    pub fn add<'a>(
        &mut self,
        direction: Direction,
        old: (&View<'a>, &'a World, &WorldItem, &str),
        new: (&View<'a>, &'a World, &WorldItem, &str),
    ) {
        match direction {
            Direction::Import => self.is_imported = true,
            Direction::Export => self.is_exported = true,
        }
        for (live, (view, world, item, owner)) in
            [(&mut self.live_old, old), (&mut self.live_new, new)]
        {
            // Its types may be imported under another name.
            if view.is_imported(world, item) {
                let imported = view.imported(world);
                let types = imported.types.get(owner).into_iter().flatten();
                live.extend(types.map(|name| (*name).to_owned()));
            }
        }
    }
}

/// Roles of interfaces.
pub(super) struct Roles<'a> {
    /// By the full names of interfaces that are linked to each other.
    linked: BTreeMap<(&'a str, &'a str), Role>,
    reached_old: HashSet<&'a str>,
    reached_new: HashSet<&'a str>,
    /// The types that interfaces of no world use.
    used_old: UsedTypes<'a>,
    used_new: UsedTypes<'a>,
}

impl<'a> Roles<'a> {
    pub fn of(old: &View<'a>, new: &View<'a>, worlds: &[(&'a World, &'a World)]) -> Self {
        let (reached_old, reached_new) = (reached(old), reached(new));
        let mut roles = Roles {
            linked: BTreeMap::new(),
            used_old: used_by_open(old, &reached_old),
            used_new: used_by_open(new, &reached_new),
            reached_old,
            reached_new,
        };
        for (before, after) in worlds {
            let new_items = new.items(after);
            for ((direction, name), items) in old.items(before) {
                let Some(others) = new_items.get(&(direction, name.clone())) else {
                    continue;
                };
                if let Some((a, b)) = linked(old, new, items[0], others[0]) {
                    let role = roles.linked.entry((a, b)).or_default();
                    role.add(
                        direction,
                        (old, before, items[0], a),
                        (new, after, others[0], b),
                    );
                }
            }
        }
        roles
    }

    /// The role of two interfaces that belong together, by their full names.
    pub fn of_pair(&self, old: &str, new: &str) -> Role {
        if let Some(role) = self.linked.get(&(old, new)) {
            return role.clone();
        }
        if let (Some(live_old), Some(live_new)) = (self.used_old.get(old), self.used_new.get(new)) {
            return Role {
                is_imported: true,
                live_old: live_old.clone(),
                live_new: live_new.clone(),
                ..Role::default()
            };
        }
        let is_open = !self.reached_old.contains(old) && !self.reached_new.contains(new);
        Role::unlinked(is_open)
    }

    /// The role of an interface that only the old package has.
    pub fn of_removed(&self, old: &str) -> Role {
        Role::unlinked(!self.reached_old.contains(old))
    }

    /// The full names of all interfaces that are linked to each other.
    pub fn linked(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.linked.keys().copied()
    }
}

/// Returns the full names of two interfaces if they are linked under one name. Interfaces under a plain name are compared
/// there, unless the name is the same on both sides.
fn linked<'a>(
    old: &View<'a>,
    new: &View<'a>,
    item: &'a WorldItem,
    other: &'a WorldItem,
) -> Option<(&'a str, &'a str)> {
    let (WorldItemKind::Interface(a), WorldItemKind::Interface(b)) = (&item.kind, &other.kind)
    else {
        return None;
    };
    (!item.is_labelled() || old.key(a) == new.key(b)).then_some((&**a, &**b))
}

/// The full names of all interfaces that any world has.
fn reached<'a>(view: &View<'a>) -> HashSet<&'a str> {
    let items = view.model.package().worlds.iter().flat_map(World::items);
    let ids = items.filter_map(|(_, item)| match &item.kind {
        WorldItemKind::Interface(id) => Some(&**id),
        _ => None,
    });
    ids.collect()
}
