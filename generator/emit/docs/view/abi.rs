//! What a core module imports and exports for a world, by the Canonical ABI.

use askama::Template;

use super::super::site::{Direction, Site, items};
use crate::model::{Function, World, WorldItem, WorldItemKind};

/// The core imports and exports of a world.
#[derive(Template)]
#[template(path = "docs/abi.md", escape = "none")]
pub(super) struct Abi {
    imports: Vec<Module>,
    exports: Vec<Module>,
}

/// The functions of one import or export.
struct Module {
    /// The import's module; what the names of an export begin with.
    name: String,
    functions: Vec<Row>,
}

/// A function in both its forms.
struct Row {
    sync: Form,
    async_: Form,
}

struct Form {
    name: String,
    signature: String,
}

impl Abi {
    pub fn of(site: &Site<'_>, world: &World) -> Self {
        let mut abi = Abi {
            imports: Vec::new(),
            exports: Vec::new(),
        };
        for (direction, item) in items(world) {
            let (name, functions) = functions(site, item);
            if functions.is_empty() {
                continue;
            }
            let row = |function: &&Function| match direction {
                Direction::Import => imported(function, name),
                Direction::Export => exported(function, name),
            };
            let rows = functions.iter().map(row).collect::<Vec<_>>();
            let modules = match direction {
                Direction::Import => &mut abi.imports,
                Direction::Export => &mut abi.exports,
            };
            let name = name.unwrap_or("$root");
            // The world's own functions stand together.
            match modules
                .iter_mut()
                .find(|module| module.name == name && name == "$root")
            {
                Some(module) => module.functions.extend(rows),
                None => modules.push(Module {
                    name: name.to_owned(),
                    functions: rows,
                }),
            }
        }
        abi
    }
}

/// The functions of an import or export, and the name of their interface.
fn functions<'a>(site: &Site<'a>, item: &'a WorldItem) -> (Option<&'a str>, Vec<&'a Function>) {
    match &item.kind {
        WorldItemKind::Interface(id) => {
            let interface = site.interface(id);
            let functions = interface.into_iter().flat_map(|i| &i.functions);
            (Some(&item.name), functions.collect())
        }
        WorldItemKind::Inline(interface) => {
            (Some(&item.name), interface.functions.iter().collect())
        }
        WorldItemKind::Function(function) => (None, vec![function]),
        WorldItemKind::Type(_) => (None, Vec::new()),
    }
}

fn imported(function: &Function, interface: Option<&str>) -> Row {
    let [sync, async_] = function.core_imports(interface).map(|import| Form {
        name: import.name,
        signature: import.signature.to_string(),
    });
    Row { sync, async_ }
}

fn exported(function: &Function, interface: Option<&str>) -> Row {
    let [sync, async_] = function.core_exports(interface).map(|export| Form {
        name: export.name,
        signature: export.signature.to_string(),
    });
    Row { sync, async_ }
}
