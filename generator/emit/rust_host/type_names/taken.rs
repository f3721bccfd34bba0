//! Names that something else in a module has.

use std::collections::HashMap;

use heck::ToUpperCamelCase;
use wit_parser::{TypeDefKind, TypeId, WorldItem, WorldKey};

use super::clash::Clash;
use crate::emit::rust_host::names;
use crate::emit::world::{Direction, World};

/// Names that generated code uses without a path, in every module.
const UNQUALIFIED_NAMES: [&str; 4] = ["Option", "Result", "Send", "Sized"];

/// Rust names, and what has them.
type Taken = HashMap<String, String>;

/// Returns the types whose name is taken in their module.
pub(super) fn find(world: &World<'_>) -> Vec<Clash> {
    let mut clashes = Vec::new();
    for (direction, _, item) in world.items() {
        if let WorldItem::Interface { id, .. } = item {
            let types: Vec<_> = world.resolve.interfaces[*id]
                .types
                .iter()
                .map(|(name, id)| (name.as_str(), *id))
                .collect();
            let (prefix, suffixes): (_, &[&str]) = match direction {
                Direction::Import => ("Host", &["", "WithStore"]),
                Direction::Export => ("Guest", &[""]),
            };
            let mut taken = of_interface(direction);
            of_resources(world, &types, prefix, suffixes, &mut taken, &mut clashes);
            of_types(world, &types, &mut taken, &mut clashes);
        }
    }
    let types: Vec<_> = world
        .items()
        .filter_map(|(_, key, item)| match (key, item) {
            (WorldKey::Name(name), WorldItem::Type { id, .. }) => Some((name.as_str(), *id)),
            _ => None,
        })
        .collect();
    let mut taken = of_world(world);
    let suffixes = ["", "WithStore"];
    of_resources(world, &types, "Host", &suffixes, &mut taken, &mut clashes);
    of_types(world, &types, &mut taken, &mut clashes);
    clashes
}

/// Whether code of `bindgen!` uses the name of a world's struct for something else.
pub(in crate::emit::rust_host) fn is_unqualified(rust_name: &str) -> bool {
    UNQUALIFIED_NAMES.contains(&rust_name) || ["Clone", "Self"].contains(&rust_name)
}

fn of_interface(direction: Direction) -> Taken {
    let mut taken = Taken::new();
    let mut take = |name: &str, owner: &str| taken.insert(name.to_owned(), owner.to_owned());
    take("Box", "bindgen!'s own code");
    match direction {
        Direction::Import => {
            take("Host", "the interface's trait");
            take("HostWithStore", "the interface's trait");
        }
        Direction::Export => {
            take("Guest", "the interface's struct");
            take("GuestIndices", "the interface's struct");
        }
    }
    taken
}

fn of_world(world: &World<'_>) -> Taken {
    let mut taken = Taken::new();
    let mut take = |name: String, owner: &str| taken.insert(name, owner.to_owned());
    take("Clone".to_owned(), "bindgen!'s own code");
    take("LinkOptions".to_owned(), "bindgen!'s own code");
    let of_world = names::world(world.resolve, world.id);
    for suffix in ["", "Pre", "Indices", "Imports", "ImportsWithStore"] {
        take(format!("{of_world}{suffix}"), "the world");
    }
    taken
}

/// Finds resources whose generated names are in use: `HostFoo` for `foo`.
fn of_resources(
    world: &World<'_>,
    types: &[(&str, TypeId)],
    prefix: &str,
    suffixes: &[&str],
    taken: &mut Taken,
    clashes: &mut Vec<Clash>,
) {
    let resources = types.iter().filter(|(_, id)| matches!(world.kind(*id), TypeDefKind::Resource));
    for (name, id) in resources {
        for suffix in suffixes {
            let rust_name = format!("{prefix}{}{suffix}", name.to_upper_camel_case());
            let owner = format!("the resource `{name}`");
            if let Some(first) = taken.insert(rust_name.clone(), owner) {
                clashes.push(Clash {
                    text: format!(
                        "the resource `{name}` needs the Rust name `{rust_name}`, which {first} has; rename it"
                    ),
                    id: *id,
                });
            }
        }
    }
}

/// Finds types whose name in Rust is in use.
fn of_types(
    world: &World<'_>,
    types: &[(&str, TypeId)],
    taken: &mut Taken,
    clashes: &mut Vec<Clash>,
) {
    // Resources keep their names, even after a type with the same name.
    let is_resource = |id: TypeId| matches!(world.kind(id), TypeDefKind::Resource);
    let (resources, others): (Vec<_>, Vec<_>) = types.iter().partition(|(_, id)| is_resource(*id));
    for (name, id) in resources.into_iter().chain(others) {
        let rust_name = name.to_upper_camel_case();
        let owner = match taken.get(&rust_name) {
            Some(owner) => Some(owner.clone()),
            None => has_meaning(world.kind(id), name).then(|| "bindgen!'s own code".to_owned()),
        };
        match owner {
            Some(owner) => clashes.push(Clash {
                text: format!(
                    "the type `{name}` needs the Rust name `{rust_name}`, which {owner} has; rename it"
                ),
                id,
            }),
            None => {
                taken.insert(rust_name, format!("the type `{name}`"));
            }
        }
    }
}

/// Whether `bindgen!` gives the name of a type a second meaning or a second spelling.
fn has_meaning(kind: &TypeDefKind, name: &str) -> bool {
    let rust_name = name.to_upper_camel_case();
    let is_derived = matches!(
        kind,
        TypeDefKind::Record(_) | TypeDefKind::Variant(_) | TypeDefKind::Flags(_)
    );
    // It names an enum, a variant and flags `Host_` where they are made, and `Host` where they are used.
    let is_two_hosts = rust_name == "Host"
        && matches!(
            kind,
            TypeDefKind::Enum(_) | TypeDefKind::Variant(_) | TypeDefKind::Flags(_)
        );
    // It turns the name of a variant into Rust's twice where it is made, and once where it is used, so that
    // `v-u32` is `Vu32` and `VU32`.
    let is_twice_spelled =
        matches!(kind, TypeDefKind::Variant(_)) && rust_name.to_upper_camel_case() != rust_name;
    UNQUALIFIED_NAMES.contains(&&*rust_name)
        || rust_name == "Self"
        || (rust_name == "Copy" && is_derived)
        || is_two_hosts
        || is_twice_spelled
}
