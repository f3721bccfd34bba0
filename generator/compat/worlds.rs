//! Worlds: what they import and export.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::change::{Breaks, Change};
use super::compare::{Common, Compare};
use super::interfaces::rules;
use super::roles::Role;
use super::view::View;
use crate::compare::pair;
use crate::model::{
    Direction, Interface, Position, TypeKind, TypeName, World, WorldItem, WorldItemKind,
};

/// Import or export, and what it is called on both sides.
type Key = (Direction, String);

/// Worlds that belong together: those of one name, and those that have changed nothing but it.
pub(super) struct Worlds<'a> {
    pub pairs: Vec<(&'a World, &'a World)>,
    pub removed: Vec<&'a World>,
    pub added: Vec<&'a World>,
}

impl<'a> Worlds<'a> {
    pub fn of(old: &View<'a>, new: &View<'a>) -> Self {
        let (before, after) = (&old.model.package().worlds, &new.model.package().worlds);
        let worlds = pair(before, after, |world: &'a World| world.name.as_str());
        let mut pairs: Vec<_> = worlds.common().collect();
        let mut removed: Vec<_> = worlds.removed().collect();
        let mut added = worlds.added;
        let items = |view: &View<'_>, world: &'a World| -> HashSet<Key> {
            world.items().map(|(direction, item)| (direction, key(view, item))).collect()
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

/// What an import or export is called on both sides.
fn key(view: &View<'_>, item: &WorldItem) -> String {
    match &item.kind {
        WorldItemKind::Interface(id) if *item.name == **id => view.key(id),
        WorldItemKind::Function(function) => function.component_name.clone(),
        _ => item.name.clone(),
    }
}

impl<'a> Compare<'_, 'a> {
    /// Compares all worlds.
    pub fn worlds(&mut self, worlds: &Worlds<'a>) {
        for world in &worlds.removed {
            let message =
                "the world is gone: what was built for it has none to be built for".to_owned();
            let breaks = Breaks {
                guest: true,
                host: false,
                source: true,
            };
            let change = Change::new("world-removed", &world.name, message).breaks(breaks);
            self.push(change, world.position.as_ref(), None);
        }
        for world in &worlds.added {
            let change = Change::new("world-added", &world.name, "the world is new".to_owned());
            self.push(change, None, world.position.as_ref());
        }
        let mut seen = HashSet::new();
        for (old, new) in &worlds.pairs {
            if old.name != new.name {
                let message = format!("the world is called `{}` now", new.name);
                let breaks = Breaks {
                    source: true,
                    ..Breaks::NOBODY
                };
                let change = Change::new("world-renamed", &old.name, message).breaks(breaks);
                self.push(change, old.position.as_ref(), new.position.as_ref());
            }
            let lost = Breaks {
                guest: true,
                host: false,
                source: true,
            };
            self.common(&old.name, of_world(old), of_world(new), lost);
            self.world(old, new, &mut seen);
            self.owners(old, new);
        }
    }

    /// Resources that exported interfaces take from others: those of an interface that the world exports
    /// too are the component's own, and otherwise they are imported.
    fn owners(&mut self, old: &'a World, new: &'a World) {
        let (before, after) = (exported(self.old, old), exported(self.new, new));
        let has_moved = |key: &String| before.contains_key(key) != after.contains_key(key);
        for (key, interface) in before.iter().filter(|(key, _)| after.contains_key(*key)) {
            for def in &interface.types {
                let TypeKind::Use(used) = &def.kind else {
                    continue;
                };
                let owners = resource_owners(self.old, used);
                let Some(owner) = owners.iter().find(|owner| has_moved(owner)) else {
                    continue;
                };
                let whose = if after.contains_key(owner) {
                    "the component's own now, and was imported"
                } else {
                    "imported now, and was the component's own"
                };
                let message = format!("what it stands for in `{owner}` is {whose}");
                let breaks = Breaks {
                    guest: true,
                    host: true,
                    source: true,
                };
                let item = format!("{key}.{}", def.name);
                let change = Change::new("type-moved", item, message).breaks(breaks);
                self.push(change, def.position.as_ref(), new.position.as_ref());
            }
        }
    }

    fn world(&mut self, old: &'a World, new: &'a World, seen: &mut HashSet<String>) {
        let items = |view: &View<'_>, world: &'a World| -> HashMap<Key, &'a WorldItem> {
            let items = world.items();
            items.map(|(direction, item)| ((direction, key(view, item)), item)).collect()
        };
        let (before, after) = (items(self.old, old), items(self.new, new));
        let mut keys: Vec<&Key> = before.keys().chain(after.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let (direction, name) = (key.0, &key.1);
            let item = format!("{}.{name}", old.name);
            match (before.get(key), after.get(key)) {
                (Some(a), Some(b)) => self.world_item(direction, &item, (old, a), (new, b), seen),
                (Some(a), None) => {
                    let sees = match direction {
                        Direction::Import => sees(self.old, old, a),
                        Direction::Export => true,
                    };
                    let breaks = Breaks {
                        guest: direction == Direction::Import && sees,
                        host: direction == Direction::Export,
                        source: true,
                    };
                    let (rule, message) = removal_of(direction, a);
                    let change = Change::new(rule, item, message).breaks(breaks);
                    self.push(change, a.position.as_ref(), new.position.as_ref());
                }
                (None, Some(b)) => {
                    let sees = match direction {
                        Direction::Import => sees(self.new, new, b),
                        Direction::Export => true,
                    };
                    let breaks = Breaks {
                        guest: direction == Direction::Export,
                        host: direction == Direction::Import && sees,
                        source: false,
                    };
                    let (rule, message) = addition_of(direction, b);
                    let change = Change::new(rule, item, message).breaks(breaks);
                    let position = b.position.as_ref().or(new.position.as_ref());
                    self.push(change, None, position);
                }
                (None, None) => {}
            }
        }
    }

    fn world_item(
        &mut self,
        direction: Direction,
        item: &str,
        (old_world, old): (&'a World, &'a WorldItem),
        (new_world, new): (&'a World, &'a WorldItem),
        seen: &mut HashSet<String>,
    ) {
        use WorldItemKind as Kind;
        let role = self.role_in(direction, old_world, new_world, old, new);
        let lost = role.lost();
        let both = lost.and(role.gained());
        match (&old.kind, &new.kind) {
            (Kind::Interface(a), Kind::Interface(b)) if self.old.key(a) == self.new.key(b) => {
                self.common(item, of_item(old), of_item(new), lost);
            }
            (Kind::Inline(a), Kind::Inline(b)) => {
                let key = self.old.key(&a.id);
                // One that was included stands where it was written, and is compared once.
                if key != self.new.key(&b.id) || seen.insert(key) {
                    self.interface(item, &role, a, b);
                }
            }
            (Kind::Function(a), Kind::Function(b)) => self.function(item, both, lost, a, b),
            (Kind::Type(a), Kind::Type(b)) => {
                self.definition(item, &role, (&old_world.id, a), (&new_world.id, b));
            }
            _ => {
                let message = "something else stands under this name now".to_owned();
                let change = Change::new("item-replaced", item, message).breaks(both);
                self.push(change, old.position.as_ref(), new.position.as_ref());
            }
        }
    }

    /// The role of what stands in a world itself.
    fn role_in(
        &self,
        direction: Direction,
        old_world: &World,
        new_world: &World,
        old: &WorldItem,
        new: &WorldItem,
    ) -> Role {
        let key = match &old.kind {
            WorldItemKind::Inline(interface) => self.old.key(&interface.id),
            _ => self.old.key(&old_world.id),
        };
        let mut role = self.roles.role(&key);
        if let WorldItemKind::Inline(interface) = &new.kind {
            let key = self.new.key(&interface.id);
            role.live_new.extend(self.roles.role(&key).live_new);
        } else {
            let key = self.new.key(&new_world.id);
            role.live_new.extend(self.roles.role(&key).live_new);
        }
        Role {
            is_imported: direction == Direction::Import,
            is_exported: direction == Direction::Export,
            is_open: false,
            ..role
        }
    }
}

/// The interfaces with a name that a world exports, by their keys.
fn exported<'a>(view: &View<'a>, world: &'a World) -> BTreeMap<String, &'a Interface> {
    let exports = world.exports.iter().filter_map(|item| match &item.kind {
        WorldItemKind::Interface(id) => Some((view.key(id), view.index.interface(id)?)),
        _ => None,
    });
    exports.collect()
}

/// The keys of the interfaces whose resources a type reaches.
fn resource_owners(view: &View<'_>, name: &TypeName) -> BTreeSet<String> {
    let mut owners = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut pending = vec![name.clone()];
    while let Some(name) = pending.pop() {
        let Some((key, def)) = view.definition(&name) else {
            continue;
        };
        if seen.insert((key.clone(), def.name.clone())) {
            if matches!(def.kind, TypeKind::Resource) {
                owners.insert(key);
            }
            def.names(&mut |name| pending.push(name.clone()));
        }
    }
    owners
}

/// Whether a component that imports all functions that it may has an import at all: of an interface with
/// types only, there is nothing to import unless something uses them.
fn sees(view: &View<'_>, world: &World, item: &WorldItem) -> bool {
    let (id, interface) = match &item.kind {
        WorldItemKind::Function(_) => return true,
        WorldItemKind::Type(def) => {
            return view.live(world).contains(&(&*world.id, def.name.as_str()));
        }
        WorldItemKind::Interface(id) => (&**id, view.index.interface(id)),
        WorldItemKind::Inline(interface) => (&*interface.id, Some(&**interface)),
    };
    interface.is_some_and(|interface| !interface.functions.is_empty())
        || view.live(world).iter().any(|(owner, _)| *owner == id)
}

/// Returns the rule and the message of an item that a world has added.
fn addition_of(direction: Direction, item: &WorldItem) -> (&'static str, String) {
    match (direction, &item.kind) {
        (_, WorldItemKind::Type(_)) => ("type-added", "the world has a new type".to_owned()),
        (Direction::Import, WorldItemKind::Function(f)) if f.resource().is_some() => {
            (rules(f)[0], "it is new".to_owned())
        }
        (Direction::Import, _) => (
            "import-added",
            format!(
                "the world imports `{}`, which hosts must provide",
                item.name
            ),
        ),
        (Direction::Export, _) => (
            "export-added",
            format!(
                "the world exports `{}`, which components must have",
                item.name
            ),
        ),
    }
}

/// Returns the rule and the message of an item that a world has removed.
fn removal_of(direction: Direction, item: &WorldItem) -> (&'static str, String) {
    match (direction, &item.kind) {
        (_, WorldItemKind::Type(_)) => ("type-removed", "the type is gone".to_owned()),
        (Direction::Import, WorldItemKind::Function(f)) if f.resource().is_some() => {
            (rules(f)[1], "it is gone".to_owned())
        }
        (Direction::Import, _) => (
            "import-removed",
            format!(
                "the world imports `{}` no more, which components may use",
                item.name
            ),
        ),
        (Direction::Export, _) => (
            "export-removed",
            format!(
                "the world exports `{}` no more, which hosts may call",
                item.name
            ),
        ),
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

fn written<'a>(
    position: Option<&Position>,
    item: &'a WorldItem,
) -> Option<&'a crate::model::Stability> {
    position.map(|_| &item.stability)
}
