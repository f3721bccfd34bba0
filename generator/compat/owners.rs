//! Decides whether the resources of exported interfaces are the component's own or imported: its own if they come from an
//! interface that the world exports too.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::change::{Breaks, Change};
use super::compare::Compare;
use super::view::{View, interface_id};
use crate::model::{Direction, Interface, TypeDef, TypeKind, TypeName, World, WorldItemKind};

/// The owners of resources, by the interface with all its compatible versions, and by name.
type Owners = BTreeMap<(String, String), Direction>;

/// A world, and what decides whose the resources in its exports are.
struct Exports<'v, 'a> {
    view: &'v View<'a>,
    /// The interfaces that the world exports under their own names.
    exported: HashSet<&'a str>,
    /// The types that a component's imports take from interfaces that it exports too.
    used_by_imports: HashSet<&'a TypeName>,
}

impl<'a> Compare<'_, 'a> {
    /// Compares whose the resources are that exported interfaces use.
    pub fn owners(&mut self, old: &'a World, new: &'a World) {
        let (before, after) = (Exports::of(self.old, old), Exports::of(self.new, new));
        if before.shared_names() == after.shared_names() {
            return;
        }
        let new_items = self.new.items(new);
        for ((direction, name), items) in self.old.items(old) {
            let others = new_items.get(&(direction, name));
            let (Direction::Export, Some(others)) = (direction, others) else {
                continue;
            };
            let interfaces = (
                interface_id(items[0]).and_then(|id| self.old.index.interface(id)),
                interface_id(others[0]).and_then(|id| self.new.index.interface(id)),
            );
            let (Some(interface), Some(other)) = interfaces else {
                continue;
            };
            for (def, used) in uses(interface) {
                let Some((_, other_used)) = uses(other).find(|(other, _)| other.name == def.name)
                else {
                    continue;
                };
                let find = |is_validated| {
                    let owners = (
                        before.owners(used, is_validated),
                        after.owners(other_used, is_validated),
                    );
                    moved(&owners.0, &owners.1)
                };
                let validated = find(true);
                let is_seen = validated.is_some();
                let Some((owner, whose)) = validated.or_else(|| find(false)) else {
                    continue;
                };
                let item = format!("{}.{}", self.old.key(&interface.id), def.name);
                let whose = match whose {
                    Direction::Export => "the component's own instead of imported",
                    Direction::Import => "imported instead of the component's own",
                };
                let world = &old.name;
                let what =
                    format!("in world `{world}`, the resources of `{owner}` are now {whose}");
                let breaks = Breaks {
                    guest: is_seen,
                    host: is_seen,
                    source: true,
                };
                let change = Change::about("type-moved", item, &what).breaks(breaks);
                self.push(change, def.position.as_ref(), new.position.as_ref());
            }
        }
    }
}

impl<'v, 'a> Exports<'v, 'a> {
    fn of(view: &'v View<'a>, world: &'a World) -> Self {
        let exported = world.exports.iter().filter(|item| !item.is_labelled());
        let imported = view.imported(world);
        let is_live = |owner: &str, name: &str| {
            imported.types.get(owner).is_some_and(|types| types.contains(name))
        };
        let exported: HashSet<_> = exported.filter_map(interface_id).collect();
        let mut used_by_imports = HashSet::new();
        for item in &world.imports {
            match &item.kind {
                WorldItemKind::Type(def) => {
                    if let TypeKind::Use(used) = &def.kind {
                        used_by_imports.insert(used);
                    }
                }
                _ => {
                    let interface = interface_id(item).and_then(|id| view.index.interface(id));
                    let uses = interface.into_iter().flat_map(|interface| {
                        uses(interface).filter(|(def, _)| is_live(&interface.id, &def.name))
                    });
                    used_by_imports.extend(uses.map(|(_, used)| used));
                }
            }
        }
        // Those of other interfaces are imported anyway.
        used_by_imports.retain(|used| exported.contains(&*used.owner));
        Exports {
            view,
            exported,
            used_by_imports,
        }
    }

    /// Returns the names that both sides share, which decide.
    fn shared_names(&self) -> (BTreeSet<String>, BTreeSet<(String, &str)>) {
        let used = self.used_by_imports.iter();
        (
            self.exported.iter().map(|id| self.view.line(id)).collect(),
            used.map(|used| (self.view.line(&used.owner), used.name.as_str())).collect(),
        )
    }

    /// Lists the resources that a type has which an exported interface uses.
    ///
    /// The validator doesn't distinguish a type of an imported interface from the same type of that interface exported, once an
    /// import uses it.
    fn owners(&self, used: &'a TypeName, is_validated: bool) -> Owners {
        let from = |name: &'a TypeName| {
            let is_imported = is_validated && self.used_by_imports.contains(name);
            if !is_imported && self.exported.contains(&*name.owner) {
                Direction::Export
            } else {
                Direction::Import
            }
        };
        let mut owners = Owners::new();
        let mut seen = HashSet::new();
        let mut pending = vec![(used, from(used))];
        while let Some((name, direction)) = pending.pop() {
            let Some(def) = self.view.index.type_def(&name.owner, &name.name) else {
                continue;
            };
            if !seen.insert((name, direction)) {
                continue;
            }
            match &def.kind {
                TypeKind::Resource => {
                    let key = (self.view.line(&name.owner), name.name.clone());
                    owners.insert(key, direction);
                }
                TypeKind::Use(used) if direction == Direction::Export => {
                    pending.push((used, from(used)));
                }
                _ => def.names(&mut |name| pending.push((name, direction))),
            }
        }
        owners
    }
}

/// The types that an interface takes from others.
fn uses(interface: &Interface) -> impl Iterator<Item = (&TypeDef, &TypeName)> {
    interface.types.iter().filter_map(|def| match &def.kind {
        TypeKind::Use(used) => Some((def, used)),
        _ => None,
    })
}

/// Returns the interface whose resources have moved, and whose they are now.
fn moved(old: &Owners, new: &Owners) -> Option<(String, Direction)> {
    old.iter().find_map(|(key, direction)| {
        let now = new.get(key)?;
        (now != direction).then(|| (key.0.clone(), *now))
    })
}
