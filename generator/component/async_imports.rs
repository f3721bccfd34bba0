//! Makes the imports of a component async where the package declares them so.
//!
//! Some toolchains can't import an async function (componentize-qjs 0.4, for example). Their components are built
//! against a copy of the WIT in which the function is a plain one. The call blocks the caller either way: a function may be
//! lowered synchronously whether its type is async or not (Component Model, `CanonicalABI.md`, `canon lower`). So only the
//! type in the import has to change, which is one byte per function.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wasmparser::{
    BinaryReader, BinaryReaderError, ComponentAlias, ComponentExternalKind,
    ComponentOuterAliasKind, ComponentTypeRef, InstanceTypeDeclaration, Parser, Payload, Validator,
    WasmFeatures,
};
use wit_parser::Resolve;

use super::damaged;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::extern_names::ExternNames;
use crate::names::is_same_interface;
use crate::panics::catch_panic;

/// The first byte of a function type, of an async one, and of an instance type (Component Model, Binary.md).
const FUNCTION: u8 = 0x40;
const ASYNC_FUNCTION: u8 = 0x43;
const INSTANCE: u8 = 0x42;
/// The first byte of a type that is declared in an instance type.
const TYPE_DECLARATION: u8 = 0x01;

/// A component with the functions that were made async.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AsyncImports {
    /// The changed component.
    pub component: Vec<u8>,
    /// The functions, such as `wasi:http/origin@0.3.1002.handle`.
    pub functions: Vec<String>,
}

impl AsyncImports {
    /// A component that needs no change.
    pub(crate) fn unchanged(component: Vec<u8>) -> Self {
        AsyncImports {
            component,
            functions: Vec::new(),
        }
    }
}

/// Makes each plain function async that a component imports from an interface of these packages, and that is async there.
/// Returns `None` if there is none.
///
/// # Errors
///
/// A component that can't be parsed, and one that is invalid with async functions: it passes the import under another name to a
/// component within it, for example.
pub fn with_async_imports(resolve: &Resolve, component: &[u8]) -> Result<Option<AsyncImports>> {
    let wanted = async_functions(resolve, component)?;
    let found = catch_panic(|| plain_functions(component, &wanted))
        .map_err(|panic| damaged(&panic))?
        .map_err(|error| damaged(&error))?;
    if found.is_empty() {
        return Ok(None);
    }
    let mut changed = component.to_vec();
    for at in found.values().flatten() {
        changed[*at] = ASYNC_FUNCTION;
    }
    let functions: Vec<_> = found.into_keys().collect();
    let validated = catch_panic(|| {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        validator
            .validate_all(&changed)
            .map(drop)
            .map_err(|error| error.message().to_owned())
    });
    validated.unwrap_or_else(|panic| Err(panic.to_string())).map_err(|why| {
        let message = format!(
            "the import `{}` can't be made async: {why}",
            functions.join("`, `")
        );
        Diagnostic::error(codes::MISFIT, message)
            .help("build the component against the package itself, in which the function is async")
    })?;
    Ok(Some(AsyncImports {
        component: changed,
        functions,
    }))
}

/// Returns the async functions of each interface that a component imports, by the name of the import.
fn async_functions(
    resolve: &Resolve,
    component: &[u8],
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let imports = ExternNames::of(component)?.imports;
    let interfaces = resolve.interfaces.iter().filter_map(|(id, interface)| {
        let functions = interface.functions.values();
        let functions = functions.filter(|function| function.kind.is_async());
        let names: BTreeSet<_> = functions.map(|function| function.name.clone()).collect();
        Some((resolve.id_of(id)?, names))
    });
    let interfaces: Vec<_> = interfaces.filter(|(_, names)| !names.is_empty()).collect();
    let wanted = imports.into_iter().filter_map(|import| {
        let interface = import.implements.as_ref().unwrap_or(&import.name);
        let names = interfaces.iter().find(|(id, _)| is_same_interface(id, interface));
        Some((import.name, names?.1.clone()))
    });
    Ok(wanted.collect())
}

/// Returns where the types of these functions begin that are plain, by import and function. Components within the component
/// that import the same interface are changed alike: some toolchains wrap what they build.
fn plain_functions(
    component: &[u8],
    wanted: &BTreeMap<String, BTreeSet<String>>,
) -> std::result::Result<BTreeMap<String, Vec<usize>>, BinaryReaderError> {
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    // For each component around the current position, where its instance types begin, by index; nothing for other types.
    let mut scopes: Vec<Vec<Option<Range<usize>>>> = vec![Vec::new()];
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        let Some(types) = scopes.last_mut() else {
            break;
        };
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                scopes.push(Vec::new());
            }
            Payload::End(_) => {
                scopes.pop();
            }
            Payload::ComponentTypeSection(section) => {
                let end = section.range().end as usize;
                for ty in section.into_iter_with_offsets() {
                    let start = ty?.0 as usize;
                    types.push((component[start] == INSTANCE).then_some(start..end));
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    types.extend(is_type(&alias?).then_some(None));
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let is_type = export?.kind == ComponentExternalKind::Type;
                    types.extend(is_type.then_some(None));
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    let ty = match import.ty {
                        ComponentTypeRef::Type(_) => {
                            types.push(None);
                            None
                        }
                        ComponentTypeRef::Instance(index) => types.get(index as usize).cloned(),
                        _ => None,
                    };
                    let names = wanted.get(import.name.name);
                    if let (Some(Some(ty)), Some(names)) = (ty, names) {
                        for (name, at) in plain_exports(component, ty, names)? {
                            let function = format!("{}.{name}", import.name.name);
                            found.entry(function).or_default().push(at);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

fn is_type(alias: &ComponentAlias<'_>) -> bool {
    matches!(
        alias,
        ComponentAlias::InstanceExport {
            kind: ComponentExternalKind::Type,
            ..
        } | ComponentAlias::Outer {
            kind: ComponentOuterAliasKind::Type,
            ..
        }
    )
}

/// Returns where the types of these functions begin in an instance type, if they are plain and no other function has them.
fn plain_exports(
    component: &[u8],
    ty: Range<usize>,
    names: &BTreeSet<String>,
) -> std::result::Result<Vec<(String, usize)>, BinaryReaderError> {
    let (start, bytes) = (ty.start, &component[ty]);
    let mut reader = BinaryReader::new_features(bytes, 0, WasmFeatures::all());
    reader.read_u8()?;
    // Where the plain function types begin, by index.
    let mut types: Vec<Option<usize>> = Vec::new();
    let mut functions: Vec<(String, u32)> = Vec::new();
    for _ in 0..reader.read_var_u32()? {
        let at = reader.current_position();
        match reader.read()? {
            InstanceTypeDeclaration::Type(_) => {
                let is_plain = bytes[at..].starts_with(&[TYPE_DECLARATION, FUNCTION]);
                types.push(is_plain.then_some(start + at + 1));
            }
            InstanceTypeDeclaration::Alias(alias) => types.extend(is_type(&alias).then_some(None)),
            InstanceTypeDeclaration::Export { name, ty } => match ty {
                ComponentTypeRef::Type(_) => types.push(None),
                ComponentTypeRef::Func(index) => functions.push((name.name.to_owned(), index)),
                _ => {}
            },
            InstanceTypeDeclaration::CoreType(_) => {}
        }
    }
    let is_shared =
        |index: u32| functions.iter().any(|(name, other)| *other == index && !names.contains(name));
    let plain = functions
        .iter()
        .filter(|(name, index)| names.contains(name) && !is_shared(*index));
    let plain = plain.filter_map(|(name, index)| {
        let at = types.get(*index as usize).copied().flatten()?;
        Some((name.clone(), at))
    });
    Ok(plain.collect())
}
