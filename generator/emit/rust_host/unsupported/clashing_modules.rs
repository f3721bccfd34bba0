//! Modules of one name: `bindgen!` makes one at the root for each namespace, for each interface that
//! is imported inline, and for the exports; and it calls crates whose names these hide.

use std::collections::HashMap;

use wit_parser::{Span, Type, TypeDefKind, WorldItem, WorldKey};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::rust_host::names;
use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let mut findings = Vec::new();
    for of in [Direction::Import, Direction::Export] {
        // Path of the module: what it was made for.
        let mut taken: HashMap<String, String> = HashMap::new();
        if of == Direction::Import {
            reserve(world, &mut taken);
        }
        for (direction, key, item) in world.items() {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            if direction != of {
                continue;
            }
            let interface = &world.resolve.interfaces[*id];
            // Under a name of the world's, an imported interface has the modules of its own name.
            let own = WorldKey::Interface(*id);
            let key = match interface.name {
                Some(_) if of == Direction::Import => &own,
                _ => key,
            };
            let modules = names::interface(world.resolve, key, *id);
            let owners = match (key, interface.package) {
                (WorldKey::Name(name), _) => vec![format!("the interface `{name}`")],
                (WorldKey::Interface(_), Some(package)) => {
                    let name = &world.resolve.packages[package].name;
                    vec![
                        format!("the namespace `{}`", name.namespace),
                        format!("the package `{name}`"),
                    ]
                }
                (WorldKey::Interface(_), None) => continue,
            };
            for (depth, owner) in owners.into_iter().enumerate() {
                let path = modules[..=depth].join("::");
                meet(&mut taken, path, owner, item.span(), &mut findings);
            }
        }
    }
    findings
}

fn meet(
    taken: &mut HashMap<String, String>,
    path: String,
    owner: String,
    span: Span,
    findings: &mut Vec<Finding>,
) {
    match taken.get(&path) {
        Some(first) if *first != owner => findings.push(Finding {
            text: format!("{first} and {owner} would both be the Rust module `{path}`"),
            span,
        }),
        Some(_) => {}
        None => {
            taken.insert(path, owner);
        }
    }
}

/// What bindgen! has at the root besides.
fn reserve(world: &World<'_>, taken: &mut HashMap<String, String>) {
    for name in ["wasmtime", "wasmtime_wasi", "wasmtime_wasi_http"] {
        taken.insert(name.to_owned(), format!("the crate `{name}`"));
    }
    let of_world = &world.resolve.worlds[world.id];
    // Its own types and functions stand at the root, and call Rust's libraries.
    let mut imports = of_world.imports.values();
    if imports.any(|item| matches!(item, WorldItem::Type { .. })) {
        taken.insert("core".to_owned(), "Rust's own library".to_owned());
    }
    if has_map(world) {
        taken.insert("std".to_owned(), "Rust's own library".to_owned());
    }
    let mut exports = of_world.exports.values();
    if exports.any(|item| matches!(item, WorldItem::Interface { .. })) {
        taken.insert("exports".to_owned(), "the exports".to_owned());
    }
}

/// Whether a map is written at the root.
fn has_map(world: &World<'_>) -> bool {
    let is_map = |ty: Type| match ty {
        Type::Id(id) => matches!(world.kind(id), TypeDefKind::Map(..)),
        _ => false,
    };
    let has_map = |ty: Type| world.contains(ty, true, &is_map);
    world.items().any(|(_, _, item)| match item {
        WorldItem::Function(function) => {
            let params = function.params.iter().map(|param| param.ty);
            params.chain(function.result).any(has_map)
        }
        WorldItem::Type { id, .. } => has_map(Type::Id(*id)),
        WorldItem::Interface { .. } => false,
    })
}
