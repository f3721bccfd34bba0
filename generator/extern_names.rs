//! The names of what a component imports and exports, read without decoding its types.

use wasmparser::{ComponentExternalKind, Parser, Payload};

use crate::component::damaged;
use crate::diagnostic::Result;
use crate::panics::catch_panic;

/// The names of what a component imports, and of the interfaces that it exports.
pub(crate) struct ExternNames {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
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

    /// Returns all names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.exports.iter().chain(&self.imports).map(String::as_str)
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
                    let import = import.map_err(|error| damaged(&error))?;
                    names.imports.push(import.name.name.to_owned());
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
