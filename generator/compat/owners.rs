//! Whose the resources are that exported interfaces use.

use std::collections::{BTreeSet, HashSet};

use super::change::{Breaks, Change};
use super::compare::Compare;
use super::view::{View, interface_id};
use crate::model::{Direction, TypeKind, TypeName, World};

impl<'a> Compare<'_, 'a> {
    /// Compares whose the resources are that exported interfaces use: those of an interface that the world exports
    /// too are the component's own, and otherwise they are imported.
    pub fn owners(&mut self, old: &'a World, new: &'a World) {
        let (before, after) = (exported(self.old, old), exported(self.new, new));
        let has_moved = |key: &String| before.contains(key) != after.contains(key);
        let new_items = self.new.items(new);
        for ((direction, name), items) in self.old.items(old) {
            let others = new_items.get(&(direction, name));
            let interfaces = (
                interface_id(items[0]),
                others.and_then(|items| interface_id(items[0])),
            );
            let (Direction::Export, (Some(id), Some(new_id))) = (direction, interfaces) else {
                continue;
            };
            let (Some(interface), Some(other)) = (
                self.old.index.interface(id),
                self.new.index.interface(new_id),
            ) else {
                continue;
            };
            let remains = |name: &str| other.types.iter().any(|def| def.name == name);
            for def in interface.types.iter().filter(|def| remains(&def.name)) {
                let TypeKind::Use(used) = &def.kind else {
                    continue;
                };
                let owners = resource_owners(self.old, used);
                let Some(owner) = owners.iter().find(|owner| has_moved(owner)) else {
                    continue;
                };
                let whose = if after.contains(owner) {
                    "the component's own instead of imported"
                } else {
                    "imported instead of the component's own"
                };
                let item = format!("{}.{}", self.old.key(id), def.name);
                let message = format!("`{item}`: the resources of `{owner}` are now {whose}");
                let breaks = Breaks {
                    guest: true,
                    host: true,
                    source: true,
                };
                let change = Change::new("type-moved", item, message).breaks(breaks);
                self.push(change, def.position.as_ref(), new.position.as_ref());
            }
        }
    }
}

/// The interfaces that a world exports under their own names, by their keys.
fn exported(view: &View<'_>, world: &World) -> HashSet<String> {
    let exports = world.exports.iter().filter(|item| !item.is_labelled());
    exports.filter_map(|item| Some(view.key(interface_id(item)?))).collect()
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
