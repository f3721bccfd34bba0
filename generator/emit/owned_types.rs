//! Types in interfaces and worlds: they get other names, or are taken out.

use std::collections::{HashMap, HashSet};

use wit_parser::{Resolve, TypeId, TypeOwner, WorldItem, WorldKey};

/// Gives types of an interface or a world other names, and leaves them in their order.
pub(super) fn rename_types(
    resolve: &mut Resolve,
    owner: TypeOwner,
    names: &HashMap<TypeId, String>,
) {
    for (id, name) in names {
        resolve.types[*id].name = Some(name.clone());
    }
    match owner {
        TypeOwner::Interface(interface) => {
            let types = &mut resolve.interfaces[interface].types;
            *types = std::mem::take(types)
                .into_iter()
                .map(|(name, id)| (names.get(&id).cloned().unwrap_or(name), id))
                .collect();
        }
        TypeOwner::World(world) => {
            let imports = &mut resolve.worlds[world].imports;
            *imports = std::mem::take(imports)
                .into_iter()
                .map(|(key, item)| match &item {
                    WorldItem::Type { id, .. } => match names.get(id) {
                        Some(name) => (WorldKey::Name(name.clone()), item),
                        None => (key, item),
                    },
                    _ => (key, item),
                })
                .collect();
        }
        TypeOwner::None => {}
    }
}

/// Takes types out of their interfaces and worlds, and their names from them.
pub(super) fn remove_types(resolve: &mut Resolve, removed: &HashSet<TypeId>) {
    let mut owners = HashSet::new();
    for id in removed {
        let ty = &mut resolve.types[*id];
        ty.name = None;
        owners.insert(std::mem::replace(&mut ty.owner, TypeOwner::None));
    }
    for owner in owners {
        match owner {
            TypeOwner::Interface(interface) => {
                resolve.interfaces[interface].types.retain(|_, id| !removed.contains(id));
            }
            TypeOwner::World(world) => {
                resolve.worlds[world].imports.retain(|_, item| match item {
                    WorldItem::Type { id, .. } => !removed.contains(id),
                    WorldItem::Interface { .. } | WorldItem::Function(_) => true,
                });
            }
            TypeOwner::None => {}
        }
    }
}
