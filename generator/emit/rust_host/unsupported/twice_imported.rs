//! An interface that is imported under its own name and under one of the world's: `bindgen!` makes
//! its module twice.

use std::collections::HashSet;

use wit_parser::{WorldItem, WorldKey};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;
use crate::emit::world::Direction;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let imports: Vec<_> = world
        .items()
        .filter_map(|(direction, key, item)| match item {
            WorldItem::Interface { id, .. } if direction == Direction::Import => {
                Some((key, *id, item.span()))
            }
            _ => None,
        })
        .collect();
    let under_own_name: HashSet<_> = imports
        .iter()
        .filter(|(key, ..)| matches!(key, WorldKey::Interface(_)))
        .map(|(_, id, _)| *id)
        .collect();
    let mut findings = Vec::new();
    for (key, id, span) in &imports {
        let WorldKey::Name(label) = key else { continue };
        if under_own_name.contains(id) {
            let name = world.resolve.id_of(*id).unwrap_or_default();
            let text = format!(
                "`{name}` is imported under its own name and as `{label}`; import it one way only"
            );
            findings.push(Finding { text, span: *span });
        }
    }
    findings
}
