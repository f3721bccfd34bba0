//! Back references: who uses each type and each interface.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::display::item_name;
use super::{Function, Package, TypeDef, TypeName, WorldItemKind};

/// Fills in who uses each type and each interface.
pub(super) fn fill(packages: &mut [Package]) {
    let mut of_types: HashMap<TypeName, BTreeSet<String>> = HashMap::new();
    let mut of_interfaces: HashMap<Arc<str>, BTreeSet<String>> = HashMap::new();
    let mut uses = |owner: &Arc<str>, types: &[TypeDef], functions: &[Function]| {
        for def in types {
            def.names(&mut |name| {
                let user = item_name(owner, &def.name);
                of_types.entry(name.clone()).or_default().insert(user);
                if name.owner != *owner {
                    let users = of_interfaces.entry(name.owner.clone()).or_default();
                    users.insert(owner.to_string());
                }
            });
        }
        for function in functions {
            function.names(&mut |name| {
                let user = item_name(owner, &function.path());
                of_types.entry(name.clone()).or_default().insert(user);
            });
        }
    };
    let mut in_worlds: Vec<(Arc<str>, String)> = Vec::new();
    for package in packages.iter() {
        for interface in &package.interfaces {
            uses(&interface.id, &interface.types, &interface.functions);
        }
        for world in &package.worlds {
            for item in world.imports.iter().chain(&world.exports) {
                match &item.kind {
                    WorldItemKind::Interface(id) => {
                        in_worlds.push((id.clone(), world.id.to_string()));
                    }
                    WorldItemKind::Inline(interface) => {
                        uses(&interface.id, &interface.types, &interface.functions);
                    }
                    WorldItemKind::Function(f) => uses(&world.id, &[], std::slice::from_ref(&**f)),
                    WorldItemKind::Type(def) => uses(&world.id, std::slice::from_ref(&**def), &[]),
                }
            }
        }
    }
    for (interface, world) in in_worlds {
        of_interfaces.entry(interface).or_default().insert(world);
    }

    let mut fill_types = |owner: &Arc<str>, types: &mut [TypeDef]| {
        for def in types {
            let name = TypeName {
                owner: owner.clone(),
                name: def.name.clone(),
            };
            let users = of_types.remove(&name).unwrap_or_default();
            def.used_by = users.into_iter().collect();
        }
    };
    for package in packages {
        for interface in &mut package.interfaces {
            fill_types(&interface.id, &mut interface.types);
            let users = of_interfaces.remove(&interface.id).unwrap_or_default();
            interface.used_by = users.into_iter().collect();
        }
        for world in &mut package.worlds {
            for item in world.imports.iter_mut().chain(&mut world.exports) {
                match &mut item.kind {
                    WorldItemKind::Inline(interface) => {
                        fill_types(&interface.id, &mut interface.types);
                    }
                    WorldItemKind::Type(def) => {
                        fill_types(&world.id, std::slice::from_mut(&mut **def))
                    }
                    WorldItemKind::Interface(_) | WorldItemKind::Function(_) => {}
                }
            }
        }
    }
}
