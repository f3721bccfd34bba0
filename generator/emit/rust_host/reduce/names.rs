//! Names that `bindgen!` can't turn into Rust and that components don't know: those of types other than resources,
//! of parameters and of the world.

use std::collections::{HashMap, HashSet};

use heck::{ToKebabCase, ToSnakeCase, ToUpperCamelCase};
use wit_parser::{Resolve, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem, WorldKey};

use crate::emit::owned_types::rename_types;
use crate::emit::rust_host::analysis::functions;
use crate::emit::rust_host::names;
use crate::emit::rust_host::type_names;
use crate::emit::world::World;

/// Parameters that functions of `bindgen!`'s traits have themselves.
const PARAMS: [&str; 2] = ["accessor", "host"];

/// Gives items other names: a type called `option` is `option-type`.
pub(super) fn rename(resolve: &mut Resolve, world: WorldId) {
    rename_params(resolve);
    rename_world(resolve, world);
    // A new name may meet another one.
    loop {
        let clashing = clashing_types(resolve, world);
        if clashing.is_empty() {
            return;
        }
        let mut renamed: HashMap<TypeOwner, HashMap<TypeId, String>> = HashMap::new();
        let mut given = HashSet::new();
        for id in clashing {
            let owner = resolve.types[id].owner;
            let name = free_name(resolve, id, &given);
            given.insert((owner, name.clone()));
            renamed.entry(owner).or_default().insert(id, name);
        }
        for (owner, names) in renamed {
            rename_types(resolve, owner, &names);
        }
    }
}

fn rename_params(resolve: &mut Resolve) {
    let of_interfaces = resolve
        .interfaces
        .iter_mut()
        .flat_map(|(_, interface)| interface.functions.values_mut());
    let of_worlds = resolve.worlds.iter_mut().flat_map(|(_, world)| {
        world.imports.values_mut().filter_map(|item| match item {
            WorldItem::Function(function) => Some(function),
            _ => None,
        })
    });
    for function in of_interfaces.chain(of_worlds) {
        for at in 0..function.params.len() {
            let mut name = function.params[at].name.clone();
            if !PARAMS.contains(&&*name.to_snake_case()) {
                continue;
            }
            while function.params.iter().any(|param| param.name == name) {
                name.push_str("-param");
            }
            function.params[at].name = name;
        }
    }
}

fn rename_world(resolve: &mut Resolve, id: WorldId) {
    let name = resolve.worlds[id].name.clone();
    if !type_names::is_unqualified(&names::world(resolve, id)) {
        return;
    }
    let new = format!("{name}-world");
    if let Some(package) = resolve.worlds[id].package {
        let worlds = &mut resolve.packages[package].worlds;
        *worlds = std::mem::take(worlds)
            .into_iter()
            .map(|(name, world)| (if world == id { new.clone() } else { name }, world))
            .collect();
    }
    resolve.worlds[id].name = new;
}

/// Returns the types that are no resources and whose names meet others, each once.
fn clashing_types(resolve: &Resolve, id: WorldId) -> Vec<TypeId> {
    let world = World { resolve, id };
    let functions = functions::of_world(&world);
    let mut seen = HashSet::new();
    type_names::find(&world, &functions)
        .into_iter()
        .map(|clash| clash.id)
        .filter(|id| !matches!(resolve.types[*id].kind, TypeDefKind::Resource))
        .filter(|id| seen.insert(*id))
        .collect()
}

/// Returns a name for a type that no other item has, and that isn't `given` to one.
fn free_name(resolve: &Resolve, id: TypeId, given: &HashSet<(TypeOwner, String)>) -> String {
    let ty = &resolve.types[id];
    let name = ty.name.clone().unwrap_or_default();
    let once = name.to_upper_camel_case();
    let twice = once.to_upper_camel_case();
    let mut free = if once == twice {
        format!("{name}-type")
    } else {
        twice.to_kebab_case()
    };
    while is_taken(resolve, ty.owner, &free) || given.contains(&(ty.owner, free.clone())) {
        free.push_str("-type");
    }
    free
}

/// Whether an item beside a type has a name already.
pub(super) fn is_taken(resolve: &Resolve, owner: TypeOwner, name: &str) -> bool {
    match owner {
        TypeOwner::Interface(id) => {
            let interface = &resolve.interfaces[id];
            interface.types.contains_key(name) || interface.functions.contains_key(name)
        }
        TypeOwner::World(id) => {
            let key = WorldKey::Name(name.to_owned());
            resolve.worlds[id].imports.contains_key(&key)
        }
        TypeOwner::None => false,
    }
}
