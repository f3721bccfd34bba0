//! The names of what a component imports and exports, read without decoding its types.

use wasmparser::{ComponentExternalKind, Parser, Payload};

use crate::decode::damaged;
use crate::diagnostic::Result;
use crate::panics::catch_panic;

/// The names of what a component imports, and of the interfaces that it exports.
pub(crate) struct ExternNames {
    pub imports: Vec<Import>,
    pub exports: Vec<String>,
}

/// The name of an import: `wasi:http/client@0.3.1002`, or a label, such as `auth`, and the interface behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub name: String,
    /// The interface that a label stands for (`implements` in the component).
    pub implements: Option<String>,
    /// The identifier by which a host may look it up (`@external-id` in WIT).
    pub external_id: Option<String>,
}

impl ExternNames {
    /// Reads the names of a component.
    ///
    /// # Errors
    ///
    /// A component that can't be parsed.
    pub fn of(component: &[u8]) -> Result<Self> {
        catch_panic(|| read(component)).map_err(|panic| damaged(&panic))?
    }

    /// Returns all names, and for labels what they stand for.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let imports = self.imports.iter();
        let imports = imports.map(|import| import.implements.as_ref().unwrap_or(&import.name));
        self.exports.iter().chain(imports).map(String::as_str)
    }
}

fn read(component: &[u8]) -> Result<ExternNames> {
    let mut names = ExternNames {
        imports: Vec::new(),
        exports: Vec::new(),
    };
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| damaged(&error))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let name = import.map_err(|error| damaged(&error))?.name;
                    names.imports.push(Import {
                        name: name.name.to_owned(),
                        implements: name.implements.map(str::to_owned),
                        external_id: name.external_id.map(str::to_owned),
                    });
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(|error| damaged(&error))?;
                    if export.kind == ComponentExternalKind::Instance {
                        names.exports.push(export.name.name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    Ok(names)
}
