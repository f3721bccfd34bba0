//! Modules of one name: wit-bindgen makes one at the root for each namespace, for each interface
//! with a plain name, and for itself.

use std::collections::HashMap;

use wit_bindgen_rust::to_rust_ident;
use wit_parser::{Span, TypeDefKind, WorldItem, WorldKey};

use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for of in [Direction::Import, Direction::Export] {
        // Name of the module: what it was made for.
        let mut taken: HashMap<String, String> = HashMap::new();
        if of == Direction::Import {
            reserve(world, &mut taken);
        }
        let items = world.items().filter(|(direction, ..)| *direction == of);
        for (_, key, item) in items {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            let (name, owner, span) = match key {
                WorldKey::Name(name) => {
                    let owner = format!("the interface `{name}`");
                    (to_rust_ident(name), owner, item.span())
                }
                WorldKey::Interface(_) => match world.resolve.interfaces[*id].package {
                    Some(package) => {
                        let namespace = &world.resolve.packages[package].name.namespace;
                        let owner = format!("the namespace `{namespace}`");
                        (to_rust_ident(namespace), owner, item.span())
                    }
                    None => continue,
                },
            };
            meet(&mut taken, name, owner, span, &mut findings);
        }
    }
    findings
}

fn meet(
    taken: &mut HashMap<String, String>,
    name: String,
    owner: String,
    span: Span,
    findings: &mut Vec<Finding>,
) {
    match taken.get(&name) {
        Some(first) if *first != owner => findings.push(Finding {
            text: format!("{first} and {owner} would both be the Rust module `{name}`"),
            span,
        }),
        Some(_) => {}
        None => {
            taken.insert(name, owner);
        }
    }
}

/// The modules that wit-bindgen adds of its own.
fn reserve(world: &World<'_>, taken: &mut HashMap<String, String>) {
    let exports = &world.resolve.worlds[world.id].exports;
    if exports
        .values()
        .any(|item| matches!(item, WorldItem::Interface { .. }))
    {
        taken.insert("exports".to_owned(), "the exports".to_owned());
    }
    for (_, function) in world.functions() {
        for ty in function.find_futures_and_streams(world.resolve) {
            let (name, owner) = match world.kind(ty) {
                TypeDefKind::Future(_) => ("wit_future", "the constructor of futures"),
                _ => ("wit_stream", "the constructor of streams"),
            };
            taken.insert(name.to_owned(), owner.to_owned());
        }
    }
}
