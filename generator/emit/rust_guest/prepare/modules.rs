//! Modules: wit-bindgen makes one for each namespace, package and interface.
//!
//! A package's name may be a keyword of Rust. A namespace, or an interface with a plain name, is a module beside
//! those of wit-bindgen and this glue, and hides crates that the code beside it uses.

use std::collections::{BTreeMap, HashSet};

use wit_bindgen_core::name_package_module;
use wit_bindgen_rust::to_rust_ident;
use wit_parser::{InterfaceId, PackageId, Resolve, WorldId, WorldItem, WorldKey};

use super::placeholder::Placeholders;
use crate::emit::rust_names::{ident, is_escaped};
use crate::emit::world::{Direction, World};

/// Renames what would be a module with the name of another one, or of something else.
pub(super) fn rename(resolve: &mut Resolve, world: WorldId, placeholders: &mut Placeholders) {
    let world = World { resolve, id: world };
    let items: Vec<Item> = world
        .items()
        .filter_map(|(direction, key, item)| match item {
            WorldItem::Interface { id, .. } => Some(Item {
                direction,
                key: key.clone(),
                id: *id,
            }),
            _ => None,
        })
        .collect();
    let reserved = reserved(&world);
    let world = world.id;
    packages(resolve, &items, placeholders);
    let namespaces = namespaces(resolve, &items, &reserved, placeholders);
    for item in &items {
        match &item.key {
            WorldKey::Interface(id) => interface(resolve, *id, placeholders),
            WorldKey::Name(_) => {}
        }
    }
    for direction in [Direction::Import, Direction::Export] {
        let mut taken: HashSet<String> = namespaces
            .iter()
            .filter(|(at, _)| *at == direction)
            .map(|(_, module)| module.clone())
            .collect();
        if direction == Direction::Import {
            taken.extend(reserved.iter().cloned());
        }
        plain_names(resolve, world, direction, taken, placeholders);
    }
}

/// An interface that the world imports or exports.
struct Item {
    direction: Direction,
    key: WorldKey,
    id: InterfaceId,
}

/// Returns names at the root of the bindings that are no modules of imports: those of other modules, and of
/// crates that the code there uses.
fn reserved(world: &World<'_>) -> HashSet<String> {
    let mut reserved: HashSet<String> =
        ["bindings", "rustfmt", "wit_bindgen"].into_iter().map(str::to_owned).collect();
    let has_own_items =
        world.items().any(|(_, _, item)| !matches!(item, WorldItem::Interface { .. }));
    if has_own_items {
        reserved.insert("core".to_owned());
    }
    let exports = &world.resolve.worlds[world.id].exports;
    if exports.values().any(|item| matches!(item, WorldItem::Interface { .. })) {
        reserved.insert("exports".to_owned());
    }
    let pending = world.pending();
    if pending.futures {
        reserved.insert("wit_future".to_owned());
    }
    if pending.streams {
        reserved.insert("wit_stream".to_owned());
    }
    reserved
}

/// Renames namespaces, and returns the modules of all.
fn namespaces(
    resolve: &mut Resolve,
    items: &[Item],
    reserved: &HashSet<String>,
    placeholders: &mut Placeholders,
) -> Vec<(Direction, String)> {
    let mut namespaces: BTreeMap<String, Vec<Direction>> = BTreeMap::new();
    for item in items {
        if let (WorldKey::Interface(id), direction) = (&item.key, item.direction)
            && let Some(package) = resolve.interfaces[*id].package
        {
            let namespace = &resolve.packages[package].name.namespace;
            namespaces.entry(namespace.clone()).or_default().push(direction);
        }
    }
    let mut modules = Vec::new();
    for (namespace, directions) in namespaces {
        let mut module = ident(&namespace);
        let is_clashing = reserved.contains(&module) && directions.contains(&Direction::Import);
        if is_clashing {
            module.push('_');
        }
        if is_clashing || is_escaped(&namespace) {
            let placeholder = placeholders.add(&namespace, &module);
            for (_, package) in resolve.packages.iter_mut() {
                if package.name.namespace == namespace {
                    package.name.namespace.clone_from(&placeholder);
                }
            }
        }
        modules.extend(directions.into_iter().map(|direction| (direction, module.clone())));
    }
    modules
}

/// Renames packages.
fn packages(resolve: &mut Resolve, items: &[Item], placeholders: &mut Placeholders) {
    let is_reached = |id: PackageId| {
        items.iter().any(|item| {
            matches!(item.key, WorldKey::Interface(_))
                && resolve.interfaces[item.id].package == Some(id)
        })
    };
    let modules: Vec<(PackageId, String, String)> = resolve
        .packages
        .iter()
        .map(|(id, package)| {
            (
                id,
                package.name.namespace.clone(),
                name_package_module(resolve, id),
            )
        })
        .collect();
    let mut taken = HashSet::new();
    let mut clashing = HashSet::new();
    for (id, namespace, module) in modules.iter().filter(|(id, ..)| is_reached(*id)) {
        let is_clashing = !taken.insert((namespace, module));
        if is_clashing || ident(module) != *module {
            // Versions of a package have their number in the module's name, unless one of them is renamed.
            let name = &resolve.packages[*id].name;
            let versions = resolve.packages.iter().filter(|(_, other)| {
                other.name.namespace == name.namespace && other.name.name == name.name
            });
            clashing.extend(versions.map(|(id, _)| id));
        }
    }
    let mut taken: HashSet<(String, String)> = modules
        .iter()
        .filter(|(id, ..)| is_reached(*id) && !clashing.contains(id))
        .map(|(_, namespace, module)| (namespace.clone(), module.clone()))
        .collect();
    for (id, namespace, module) in modules.into_iter().filter(|(id, ..)| clashing.contains(id)) {
        let mut module = ident(&module);
        while !taken.insert((namespace.clone(), module.clone())) {
            module.push('_');
        }
        let name = &mut resolve.packages[id].name.name;
        *name = placeholders.add(name, module);
    }
}

/// Renames an interface of a package.
fn interface(resolve: &mut Resolve, id: InterfaceId, placeholders: &mut Placeholders) {
    if let Some(name) = &mut resolve.interfaces[id].name
        && is_escaped(name)
    {
        *name = placeholders.add(name, ident(name));
    }
}

/// Renames what the world imports or exports under a plain name.
fn plain_names(
    resolve: &mut Resolve,
    world: WorldId,
    direction: Direction,
    mut taken: HashSet<String>,
    placeholders: &mut Placeholders,
) {
    let world = &mut resolve.worlds[world];
    let items = match direction {
        Direction::Import => &mut world.imports,
        Direction::Export => &mut world.exports,
    };
    *items = std::mem::take(items)
        .into_iter()
        .map(|(key, item)| match (&key, &item) {
            (WorldKey::Name(name), WorldItem::Interface { .. }) => {
                let mut module = ident(name);
                while !taken.insert(module.clone()) {
                    module.push('_');
                }
                if module == to_rust_ident(name) {
                    return (key, item);
                }
                let placeholder = placeholders.add(name, module);
                (WorldKey::Name(placeholder), item)
            }
            _ => (key, item),
        })
        .collect();
}
