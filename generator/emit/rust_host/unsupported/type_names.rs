//! Types whose Rust names meet others in their module: those that `bindgen!` gives to the traits and
//! structs it makes there, and those that it writes without a path.

use std::collections::HashMap;

use heck::ToUpperCamelCase;
use wit_parser::{TypeDefKind, TypeId, WorldItem, WorldKey};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::rust_host::names;
use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

/// Names that generated code uses without a path, in every module.
const UNQUALIFIED_NAMES: [&str; 4] = ["Option", "Result", "Send", "Sized"];

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let mut findings = Vec::new();
    for (direction, _, item) in world.items() {
        if let WorldItem::Interface { id, .. } = item {
            let types: Vec<_> = world.resolve.interfaces[*id]
                .types
                .iter()
                .map(|(name, id)| (name.as_str(), *id))
                .collect();
            let mut taken = of_interface(direction);
            let (prefix, suffixes): (_, &[&str]) = match direction {
                Direction::Import => ("Host", &["", "WithStore"]),
                Direction::Export => ("Guest", &[""]),
            };
            find_clashing_resources(world, &types, prefix, suffixes, &mut taken, &mut findings);
            find_clashing_types(world, &types, &mut taken, &mut findings);
        }
    }
    let types: Vec<_> = world
        .items()
        .filter_map(|(_, key, item)| match (key, item) {
            (WorldKey::Name(name), WorldItem::Type { id, .. }) => Some((name.as_str(), *id)),
            _ => None,
        })
        .collect();
    let name = &world.resolve.worlds[world.id].name;
    let rust_name = names::world(world.resolve, world.id);
    if UNQUALIFIED_NAMES.contains(&rust_name.as_str())
        || ["Clone", "Self"].contains(&rust_name.as_str())
    {
        findings.push(Finding {
            text: format!("the world `{name}` would be `{rust_name}` in Rust, which bindgen!'s own code has; rename it"),
            span: world.resolve.worlds[world.id].span,
        });
    }
    let mut taken = of_world(world);
    find_clashing_resources(
        world,
        &types,
        "Host",
        &["", "WithStore"],
        &mut taken,
        &mut findings,
    );
    find_clashing_types(world, &types, &mut taken, &mut findings);
    findings
}

/// Rust names, and what has them.
type Taken = HashMap<String, String>;

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
    let of_world = names::world(world.resolve, world.id);
    for suffix in ["", "Pre", "Indices", "Imports", "ImportsWithStore"] {
        take(format!("{of_world}{suffix}"), "the world");
    }
    taken
}

/// Reports resources whose generated names are in use: `HostFoo` for `foo`.
fn find_clashing_resources(
    world: &World<'_>,
    types: &[(&str, TypeId)],
    prefix: &str,
    suffixes: &[&str],
    taken: &mut Taken,
    findings: &mut Vec<Finding>,
) {
    let resources = types.iter().filter(|(_, id)| matches!(world.kind(*id), TypeDefKind::Resource));
    for (name, id) in resources {
        for suffix in suffixes {
            let rust_name = format!("{prefix}{}{suffix}", name.to_upper_camel_case());
            let owner = format!("the resource `{name}`");
            if let Some(first) = taken.insert(rust_name.clone(), owner) {
                findings.push(Finding {
                    text: format!(
                        "the resource `{name}` needs the Rust name `{rust_name}`, which {first} has; rename it"
                    ),
                    span: world.resolve.types[*id].span,
                });
            }
        }
    }
}

/// Reports types whose Rust name is in use.
fn find_clashing_types(
    world: &World<'_>,
    types: &[(&str, TypeId)],
    taken: &mut Taken,
    findings: &mut Vec<Finding>,
) {
    for (name, id) in types {
        let rust_name = name.to_upper_camel_case();
        let kind = world.kind(*id);
        let is_derived = matches!(
            kind,
            TypeDefKind::Record(_) | TypeDefKind::Variant(_) | TypeDefKind::Flags(_)
        );
        // It names an enum, a variant and flags `Host_` where they stand, and `Host` where they are
        // used.
        let has_two_spellings = rust_name == "Host"
            && matches!(
                kind,
                TypeDefKind::Enum(_) | TypeDefKind::Variant(_) | TypeDefKind::Flags(_)
            );
        let is_written =
            UNQUALIFIED_NAMES.contains(&rust_name.as_str()) || (rust_name == "Copy" && is_derived);
        let owner = match taken.get(&rust_name) {
            Some(owner) => Some(owner.as_str()),
            None if is_written || has_two_spellings => Some("bindgen!'s own code"),
            None => None,
        };
        match owner {
            Some(owner) => findings.push(Finding {
                text: format!(
                    "the type `{name}` needs the Rust name `{rust_name}`, which {owner} has; rename it"
                ),
                span: world.resolve.types[*id].span,
            }),
            None => {
                taken.insert(rust_name, format!("the type `{name}`"));
            }
        }
    }
}
