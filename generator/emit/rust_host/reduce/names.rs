//! Names that `bindgen!` can't turn into Rust and that components don't know: those of types other than resources,
//! of parameters and of the world.

use heck::{ToKebabCase, ToUpperCamelCase};
use wit_parser::{Resolve, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem, WorldKey};

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
    while let Some(id) = clashing_type(resolve, world) {
        rename_type(resolve, id);
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
            if !PARAMS.contains(&&*name) {
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

/// Returns a type that is no resource and whose name meets another one.
fn clashing_type(resolve: &Resolve, id: WorldId) -> Option<TypeId> {
    let world = World { resolve, id };
    let functions = functions::of_world(&world);
    type_names::find(&world, &functions)
        .into_iter()
        .map(|clash| clash.id)
        .find(|id| !matches!(resolve.types[*id].kind, TypeDefKind::Resource))
}

fn rename_type(resolve: &mut Resolve, id: TypeId) {
    let ty = &resolve.types[id];
    let (owner, name) = (ty.owner, ty.name.clone().unwrap_or_default());
    let once = name.to_upper_camel_case();
    let twice = once.to_upper_camel_case();
    let mut new = if once == twice {
        format!("{name}-type")
    } else {
        twice.to_kebab_case()
    };
    while is_taken(resolve, owner, &new) {
        new.push_str("-type");
    }
    resolve.types[id].name = Some(new.clone());
    match owner {
        TypeOwner::Interface(interface) => {
            let types = &mut resolve.interfaces[interface].types;
            *types = std::mem::take(types)
                .into_iter()
                .map(|(name, ty)| (if ty == id { new.clone() } else { name }, ty))
                .collect();
        }
        TypeOwner::World(world) => {
            let imports = &mut resolve.worlds[world].imports;
            *imports = std::mem::take(imports)
                .into_iter()
                .map(|(key, item)| match item {
                    WorldItem::Type { id: ty, .. } if ty == id => {
                        (WorldKey::Name(new.clone()), item)
                    }
                    _ => (key, item),
                })
                .collect();
        }
        TypeOwner::None => {}
    }
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
