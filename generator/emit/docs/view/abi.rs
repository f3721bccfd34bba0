//! The imports and exports of a core module for a world, by the Canonical ABI.

use askama::Template;
use indexmap::IndexMap;

use super::super::site::Site;
use crate::model::World;
use crate::model::core_items::{core_exports, core_imports};

/// The core imports and exports of a world.
#[derive(Template)]
#[template(path = "docs/abi.md", escape = "none")]
pub(super) struct Abi {
    imports: Vec<Group>,
    exports: Vec<Group>,
}

/// The imports from one module, or the exports of one interface.
struct Group {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    signature: String,
}

impl Abi {
    pub fn of<'a>(site: &Site<'a>, world: &'a World) -> Self {
        let imports = core_imports(&site.index, world).into_iter();
        let exports = core_exports(&site.index, world).into_iter();
        Abi {
            imports: grouped(imports.map(|import| {
                let signature = import.signature.to_string();
                (import.module.into_owned(), import.name, signature)
            })),
            exports: grouped(exports.map(|export| {
                let group = export.interface.unwrap_or("$root").to_owned();
                (group, export.name, export.signature.to_string())
            })),
        }
    }
}

/// Rows by their group, in the order in which groups come first.
fn grouped(rows: impl Iterator<Item = (String, String, String)>) -> Vec<Group> {
    let mut groups = IndexMap::<String, Vec<Row>>::new();
    for (group, name, signature) in rows {
        groups.entry(group).or_default().push(Row { name, signature });
    }
    let groups = groups.into_iter();
    groups.map(|(name, rows)| Group { name, rows }).collect()
}
