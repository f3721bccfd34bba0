//! Worlds: what they import and export.

use std::collections::{BTreeSet, HashSet};

use super::change::{Breaks, Change};
use super::compare::{Common, Compare};
use super::roles::Role;
use super::types::{AcrossPackages, Types};
use super::view::{ItemName, View};
use super::world_items::{addition_of, description, removal_of};
use crate::compare::pair;
use crate::model::{Direction, Interface, Position, Stability, World, WorldItem, WorldItemKind};

/// Worlds that belong together: those of one name, and those that have changed nothing but it.
pub(super) struct Worlds<'a> {
    pub pairs: Vec<(&'a World, &'a World)>,
    pub removed: Vec<&'a World>,
    pub added: Vec<&'a World>,
}

/// The same item of two worlds, and what it is called.
#[derive(Clone, Copy)]
struct ItemPair<'a, 'n> {
    direction: Direction,
    name: &'n str,
    old_world: &'a World,
    new_world: &'a World,
    old: &'a WorldItem,
    new: &'a WorldItem,
}

impl<'a> Worlds<'a> {
    pub fn of(old: &View<'a>, new: &View<'a>) -> Self {
        let (before, after) = (&old.model.package().worlds, &new.model.package().worlds);
        let worlds = pair(before, after, |world: &'a World| world.name.as_str());
        let mut pairs: Vec<_> = worlds.common().collect();
        let mut removed: Vec<_> = worlds.removed().collect();
        let mut added = worlds.added;
        let items = |view: &View<'a>, world: &'a World| -> BTreeSet<(Direction, ItemName)> {
            view.items(world).into_keys().collect()
        };
        let renamed =
            super::interfaces::pairs(&removed, &added, |a, b| items(old, a) == items(new, b));
        removed.retain(|world| !renamed.iter().any(|(a, _)| a.id == world.id));
        added.retain(|world| !renamed.iter().any(|(_, b)| b.id == world.id));
        pairs.extend(renamed);
        Worlds {
            pairs,
            removed,
            added,
        }
    }
}

impl<'a> Compare<'_, 'a> {
    /// Compares all worlds.
    pub fn worlds(&mut self, worlds: &Worlds<'a>) {
        for world in &worlds.removed {
            let message = format!(
                "world `{}` was removed; components that target it no longer have a world",
                world.name
            );
            let change = Change::new("world-removed", &world.name, message).breaks(LOST_WORLD);
            self.removed(&world.name, change, world.position.as_ref(), None);
        }
        for world in &worlds.added {
            let message = format!("world `{}` was added", world.name);
            let change = Change::new("world-added", &world.name, message);
            self.added(&world.name, change, world.position.as_ref());
        }
        let mut seen = HashSet::new();
        for (old, new) in &worlds.pairs {
            if old.name != new.name {
                let message = format!("world `{}` was renamed to `{}`", old.name, new.name);
                let breaks = Breaks {
                    source: true,
                    ..Breaks::NOBODY
                };
                let change = Change::new("world-renamed", &old.name, message).breaks(breaks);
                self.push(change, old.position.as_ref(), new.position.as_ref());
            }
            self.common(&old.name, of_world(old), of_world(new), LOST_WORLD);
            self.world(old, new, &mut seen);
            self.owners(old, new);
        }
    }

    fn world(&mut self, old: &'a World, new: &'a World, seen: &mut Seen<'a>) {
        let (before, after) = (self.old.items(old), self.new.items(new));
        let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for name in names {
            let direction = name.0;
            match (before.get(name), after.get(name)) {
                (Some(a), Some(b)) => match &name.1 {
                    ItemName::Interface(line) => {
                        self.line(direction, line, (old, a), (new, b));
                    }
                    ItemName::Plain(plain) => {
                        let item = ItemPair {
                            direction,
                            name: &format!("{}.{plain}", old.name),
                            old_world: old,
                            new_world: new,
                            old: a[0],
                            new: b[0],
                        };
                        self.plain_item(item, seen);
                    }
                },
                (Some(items), None) => {
                    for item in items {
                        let breaks = self.lost(direction, old, item);
                        self.removed_item(direction, (old, item), new, breaks);
                    }
                }
                (None, Some(items)) => {
                    for item in items {
                        let breaks = self.gained(direction, new, item);
                        self.added_item(direction, old, (new, item), breaks);
                    }
                }
                (None, None) => {}
            }
        }
    }

    /// Returns who breaks if a world no longer has an item.
    fn lost(&self, direction: Direction, world: &'a World, item: &WorldItem) -> Breaks {
        Breaks {
            guest: direction == Direction::Import && self.old.is_imported(world, item),
            host: direction == Direction::Export,
            source: true,
        }
    }

    /// Returns who breaks if a world has a new item.
    fn gained(&self, direction: Direction, world: &'a World, item: &WorldItem) -> Breaks {
        Breaks {
            guest: direction == Direction::Export,
            host: direction == Direction::Import && self.new.is_imported(world, item),
            source: false,
        }
    }

    fn removed_item(
        &mut self,
        direction: Direction,
        (old, item): (&'a World, &'a WorldItem),
        new: &'a World,
        breaks: Breaks,
    ) {
        let (rule, message) = removal_of(direction, old, item, breaks);
        let name = format!("{}.{}", old.name, shared_name(self.old, item));
        let change = Change::new(rule, name, message).breaks(breaks);
        let gate = super::gates::world_item(new, direction, item);
        self.removed(&gate, change, item.position.as_ref(), new.position.as_ref());
    }

    fn added_item(
        &mut self,
        direction: Direction,
        old: &'a World,
        (new, item): (&'a World, &'a WorldItem),
        breaks: Breaks,
    ) {
        let (rule, message) = addition_of(direction, new, item, breaks);
        let name = format!("{}.{}", old.name, shared_name(self.new, item));
        let change = Change::new(rule, name, message).breaks(breaks);
        let gate = super::gates::world_item(old, direction, item);
        self.added(
            &gate,
            change,
            item.position.as_ref().or(new.position.as_ref()),
        );
    }

    /// Compares which of the compatible versions of an interface two worlds have. Components are linked to the
    /// latest of them.
    fn line(
        &mut self,
        direction: Direction,
        line: &str,
        (old, before): (&'a World, &[&'a WorldItem]),
        (new, after): (&'a World, &[&'a WorldItem]),
    ) {
        let lost = self.lost(direction, old, before[0]);
        let breaks = lost.and(self.gained(direction, new, after[0]));
        let package = self.old.package_line(&before[0].name).to_owned();
        if let Some(unlinked) = self.unlinked.get_mut(&package) {
            *unlinked = unlinked.and(breaks);
        }
        let (old_view, new_view) = (self.old, self.new);
        let mut added: Vec<&WorldItem> = after.to_vec();
        let mut removed = Vec::new();
        for item in before {
            let key = old_view.key(&item.name);
            match added.iter().position(|other| new_view.key(&other.name) == key) {
                Some(at) => {
                    let other = added.remove(at);
                    self.common(
                        &format!("{}.{key}", old.name),
                        of_item(item),
                        of_item(other),
                        lost,
                    );
                }
                None => removed.push(*item),
            }
        }
        let count = removed.len().min(added.len());
        for (item, other) in removed.drain(..count).zip(added.drain(..count)) {
            let message = format!(
                "world `{}` now {}s `{}` instead of `{}`",
                old.name,
                direction.name(),
                other.name,
                item.name
            );
            let change = Change::new("item-replaced", format!("{}.{line}", old.name), message);
            self.push(change, item.position.as_ref(), other.position.as_ref());
        }
        // Others of the line remain.
        let breaks = Breaks {
            source: true,
            ..Breaks::NOBODY
        };
        for item in removed {
            self.removed_item(direction, (old, item), new, breaks);
        }
        for item in added {
            self.added_item(direction, old, (new, item), Breaks::NOBODY);
        }
    }

    /// Compares what two worlds have under one plain name.
    fn plain_item(&mut self, pair: ItemPair<'a, '_>, seen: &mut Seen<'a>) {
        use WorldItemKind as Kind;
        let (old, new) = (pair.old, pair.new);
        let lost = self.lost(pair.direction, pair.old_world, old);
        let both = lost.and(self.gained(pair.direction, pair.new_world, new));
        match (&old.kind, &new.kind) {
            (Kind::Function(a), Kind::Function(b)) => self.function(pair.name, both, lost, a, b),
            (Kind::Type(a), Kind::Type(b)) => {
                let (owner, new_owner) = (&pair.old_world.id, &pair.new_world.id);
                let role = self.role_in(pair, owner, new_owner);
                self.definition(pair.name, &role, (owner, a), (new_owner, b));
            }
            (Kind::Inline(a), Kind::Inline(b)) => {
                // One that was included is compared once.
                if seen.insert((pair.direction, &*a.id, &*b.id)) {
                    let role = self.role_in(pair, &a.id, &b.id);
                    self.common(pair.name, of_inline(old, a), of_inline(new, b), lost);
                    self.counterparts(pair.name, &role, a, b);
                }
            }
            // Its items are compared with the interface.
            (Kind::Interface(a), Kind::Interface(b)) if self.old.key(a) == self.new.key(b) => {
                self.common(pair.name, of_item(old), of_item(new), lost);
            }
            _ => {
                let interfaces = (interface_of(self.old, old), interface_of(self.new, new));
                let message = format!(
                    "`{}` changed from {} to {}",
                    pair.name,
                    description(old),
                    description(new)
                );
                let change = Change::new("item-replaced", pair.name, message);
                let (position, new_position) = (old.position.as_ref(), new.position.as_ref());
                let (Some(a), Some(b)) = interfaces else {
                    self.push(change.breaks(both), position, new_position);
                    return;
                };
                self.push(change, position, new_position);
                let role = self.role_in(pair, &a.id, &b.id);
                self.counterparts(pair.name, &role, a, b);
            }
        }
    }

    /// Compares two interfaces of different names that are linked under one plain name: the types that they
    /// define correspond to each other there.
    fn counterparts(&mut self, item: &str, role: &Role, a: &'a Interface, b: &'a Interface) {
        let types = Types::new(AcrossPackages {
            old: self.old,
            new: self.new,
            counterparts: Some((&a.id, &b.id)),
        });
        let types = std::mem::replace(&mut self.types, types);
        self.contents(item, role, a, b);
        self.types = types;
    }

    /// The role of what is in a world itself, by the full names of what defines the types.
    fn role_in(&self, pair: ItemPair<'a, '_>, old_owner: &str, new_owner: &str) -> Role {
        let mut role = Role::default();
        role.add(
            pair.direction,
            (self.old, pair.old_world, pair.old, old_owner),
            (self.new, pair.new_world, pair.new, new_owner),
        );
        role
    }
}

/// Inline interfaces that have been compared, by their full names.
type Seen<'a> = HashSet<(Direction, &'a str, &'a str)>;

/// Returns who breaks if a world is removed.
const LOST_WORLD: Breaks = Breaks {
    guest: true,
    host: false,
    source: true,
};

/// Returns the common name of an item of a world on both sides.
fn shared_name(view: &View<'_>, item: &WorldItem) -> String {
    match &item.kind {
        WorldItemKind::Interface(id) if !item.is_labelled() => view.key(id),
        WorldItemKind::Function(function) => function.component_name.clone(),
        _ => item.name.clone(),
    }
}

fn interface_of<'a>(view: &View<'a>, item: &'a WorldItem) -> Option<&'a Interface> {
    match &item.kind {
        WorldItemKind::Interface(id) => view.index.interface(id),
        WorldItemKind::Inline(interface) => Some(interface),
        WorldItemKind::Function(_) | WorldItemKind::Type(_) => None,
    }
}

fn of_world(world: &World) -> Common<'_> {
    Common {
        docs: world.docs.as_deref(),
        stability: Some(&world.stability),
        external_id: None,
        position: world.position.as_ref(),
    }
}

fn of_item(item: &WorldItem) -> Common<'_> {
    Common {
        docs: item.docs.as_deref(),
        // An import that others bring in is gated as they are, which depends on their order.
        stability: written(item.position.as_ref(), item),
        external_id: item.external_id.as_deref(),
        position: item.position.as_ref(),
    }
}

fn of_inline<'a>(item: &'a WorldItem, interface: &'a Interface) -> Common<'a> {
    Common {
        external_id: item.external_id.as_deref(),
        ..super::interfaces::common(interface)
    }
}

fn written<'a>(position: Option<&Position>, item: &'a WorldItem) -> Option<&'a Stability> {
    position.map(|_| &item.stability)
}
