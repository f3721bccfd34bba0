//! Names in an exported interface that meet those wit-bindgen gives to a resource's trait and to
//! its borrowed form: `GuestFoo` and `FooBorrow` for a resource `foo`.

use std::collections::HashSet;

use heck::ToUpperCamelCase;
use wit_parser::{TypeDefKind, WorldItem};

use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let exports = world.items().filter_map(|(direction, _, item)| match item {
        WorldItem::Interface { id, .. } if direction == Direction::Export => Some(*id),
        _ => None,
    });
    let mut findings = Vec::new();
    for id in exports {
        let types = &world.resolve.interfaces[id].types;
        let names: HashSet<_> = types.keys().map(|name| name.to_upper_camel_case()).collect();
        for (name, id) in types {
            if !matches!(world.kind(*id), TypeDefKind::Resource) {
                continue;
            }
            let camel = name.to_upper_camel_case();
            let taken = [format!("Guest{camel}"), format!("{camel}Borrow")]
                .into_iter()
                .find(|made| names.contains(made));
            let text = match taken {
                Some(made) => format!(
                    "the exported resource `{name}` needs the Rust name `{made}`, which another type has; rename one of them"
                ),
                None if camel == "Guest" => {
                    format!("an exported resource cannot be called `{name}`; rename it")
                }
                None => continue,
            };
            let span = world.resolve.types[*id].span;
            findings.push(Finding { text, span });
        }
    }
    findings
}
