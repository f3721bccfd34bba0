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
    ComponentOuterAliasKind, ComponentType, ComponentTypeDeclaration, ComponentTypeRef,
    InstanceTypeDeclaration, Parser, Payload, TypeBounds, Validator, WasmFeatures,
};
use wit_parser::Resolve;

use super::signed;
use crate::decode::damaged;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::extern_names::{ExternNames, Import};
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
/// Returns `None` if there is none. A function stays plain if something else has the same type in the component.
///
/// # Errors
///
/// An invalid component, and one that is invalid with async functions: it passes the import under another name to a component
/// within it, for example.
pub fn with_async_imports(resolve: &Resolve, component: &[u8]) -> Result<Option<AsyncImports>> {
    let imports = ExternNames::of(component)?.imports;
    let wanted = async_functions(resolve, imports);
    validate(component).map_err(|why| damaged(&why))?;
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
    validate(&changed).map_err(|why| {
        let functions = functions.join("`, `");
        let message = format!("the imports `{functions}` can't be made asynchronous: {why}");
        Diagnostic::error(codes::MISFIT, message)
            .help("the component passes them to an inner component, which imports them as plain functions under another name")
    })?;
    Ok(Some(AsyncImports {
        component: signed(changed),
        functions,
    }))
}

/// Returns why a component isn't valid, in one line.
fn validate(component: &[u8]) -> std::result::Result<(), String> {
    let validated = catch_panic(|| {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        validator
            .validate_all(component)
            .map(drop)
            .map_err(|error| error.message().to_owned())
    });
    let one_line = |why: String| why.split_whitespace().collect::<Vec<_>>().join(" ");
    validated.unwrap_or_else(|panic| Err(panic.to_string())).map_err(one_line)
}

/// Returns the async functions of each interface that a component imports, by the name of the import.
fn async_functions(resolve: &Resolve, imports: Vec<Import>) -> BTreeMap<String, BTreeSet<String>> {
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
    wanted.collect()
}

/// Where the types of plain functions begin, by import and function.
type Positions = BTreeMap<String, Vec<usize>>;

/// The types of a component, or of an instance type, by index.
#[derive(Default)]
struct Types {
    /// Where those begin and end that matter here; nothing for others.
    ranges: Vec<Option<Range<usize>>>,
    /// How often each is used.
    uses: Vec<usize>,
}

impl Types {
    fn push(&mut self, range: Option<Range<usize>>) {
        self.ranges.push(range);
    }

    fn record_use(&mut self, index: u32) {
        let index = index as usize;
        // The component is valid, so every index is that of a type.
        if self.uses.len() <= index {
            self.uses.resize(index + 1, 0);
        }
        self.uses[index] += 1;
    }

    /// Returns where a type begins and ends, if it has this number of uses.
    fn range(&self, index: u32, uses: usize) -> Option<&Range<usize>> {
        let range = self.ranges.get(index as usize)?.as_ref()?;
        (self.uses.get(index as usize) == Some(&uses)).then_some(range)
    }
}

/// An import of an instance by a component.
struct InstanceImport<'a> {
    name: &'a str,
    ty: u32,
}

/// A component, while it is read.
#[derive(Default)]
struct Scope<'a> {
    types: Types,
    imports: Vec<InstanceImport<'a>>,
}

/// Returns where the types of these functions begin that are plain. Components within the component that import the same
/// interface are changed alike, because some toolchains wrap what they build.
fn plain_functions(
    component: &[u8],
    wanted: &BTreeMap<String, BTreeSet<String>>,
) -> std::result::Result<Positions, BinaryReaderError> {
    let (mut outer, mut inner) = (Positions::new(), Vec::new());
    let mut scopes: Vec<Scope> = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version { .. } => scopes.push(Scope::default()),
            Payload::End(_) => {
                let Some(scope) = scopes.pop() else { break };
                let found = plain_imports(component, &scope, wanted)?;
                if scopes.is_empty() {
                    outer = found;
                } else {
                    inner.push(found);
                }
            }
            Payload::ComponentTypeSection(section) => {
                let end = section.range().end as usize;
                for ty in section.into_iter_with_offsets() {
                    let (start, ty) = ty?;
                    record_outer_uses(&ty, 0, &mut scopes);
                    let start = start as usize;
                    let is_instance = component[start] == INSTANCE;
                    let range = is_instance.then_some(start..end);
                    scopes.last_mut().into_iter().for_each(|scope| scope.types.push(range.clone()));
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    let alias = alias?;
                    record_outer_use(&alias, 0, &mut scopes);
                    push_if(&mut scopes, is_type(&alias));
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if let (Some(ty), Some(scope)) = (export.ty, scopes.last_mut()) {
                        used_type(ty).into_iter().for_each(|ty| scope.types.record_use(ty));
                    }
                    let is_type = export.kind == ComponentExternalKind::Type;
                    if let (true, Some(scope)) = (is_type, scopes.last_mut()) {
                        scope.types.record_use(export.index);
                    }
                    push_if(&mut scopes, is_type);
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    let Some(scope) = scopes.last_mut() else {
                        break;
                    };
                    used_type(import.ty).into_iter().for_each(|ty| scope.types.record_use(ty));
                    match import.ty {
                        ComponentTypeRef::Type(_) => scope.types.push(None),
                        ComponentTypeRef::Instance(ty) => scope.imports.push(InstanceImport {
                            name: import.name.name,
                            ty,
                        }),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    for found in inner {
        for (function, positions) in found {
            // Only what the component itself imports is in the package's world.
            outer.entry(function).and_modify(|known| known.extend(positions));
        }
    }
    Ok(outer)
}

fn push_if(scopes: &mut [Scope<'_>], is_type: bool) {
    if let (true, Some(scope)) = (is_type, scopes.last_mut()) {
        scope.types.push(None);
    }
}

/// Returns the type that an import, an export or a declaration refers to.
fn used_type(ty: ComponentTypeRef) -> Option<u32> {
    match ty {
        ComponentTypeRef::Func(index)
        | ComponentTypeRef::Instance(index)
        | ComponentTypeRef::Component(index)
        | ComponentTypeRef::Type(TypeBounds::Eq(index)) => Some(index),
        _ => None,
    }
}

/// Records what a type uses of the components around it; `depth` is how many types are around it.
fn record_outer_uses(ty: &ComponentType<'_>, depth: u32, scopes: &mut [Scope<'_>]) {
    match ty {
        ComponentType::Instance(declarations) => {
            for declaration in declarations {
                match declaration {
                    InstanceTypeDeclaration::Type(ty) => record_outer_uses(ty, depth + 1, scopes),
                    InstanceTypeDeclaration::Alias(alias) => {
                        record_outer_use(alias, depth + 1, scopes);
                    }
                    _ => {}
                }
            }
        }
        ComponentType::Component(declarations) => {
            for declaration in declarations {
                match declaration {
                    ComponentTypeDeclaration::Type(ty) => record_outer_uses(ty, depth + 1, scopes),
                    ComponentTypeDeclaration::Alias(alias) => {
                        record_outer_use(alias, depth + 1, scopes);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Records the type of a component that an alias within `depth` types refers to.
fn record_outer_use(alias: &ComponentAlias<'_>, depth: u32, scopes: &mut [Scope<'_>]) {
    let ComponentAlias::Outer {
        kind: ComponentOuterAliasKind::Type,
        count,
        index,
    } = alias
    else {
        return;
    };
    let outwards = count.checked_sub(depth).map(|outwards| outwards as usize);
    let scope = outwards.and_then(|outwards| scopes.iter_mut().rev().nth(outwards));
    scope.into_iter().for_each(|scope| scope.types.record_use(*index));
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

/// Returns where the types of these functions begin that a component imports as plain ones.
fn plain_imports(
    component: &[u8],
    scope: &Scope<'_>,
    wanted: &BTreeMap<String, BTreeSet<String>>,
) -> std::result::Result<Positions, BinaryReaderError> {
    let mut found = Positions::new();
    for import in &scope.imports {
        // The type of another import, or of an export, stays as it is.
        let range = scope.types.range(import.ty, 1);
        if let (Some(range), Some(names)) = (range, wanted.get(import.name)) {
            for (name, at) in plain_exports(component, range.clone(), names)? {
                found.entry(format!("{}.{name}", import.name)).or_default().push(at);
            }
        }
    }
    Ok(found)
}

/// Returns where the types of these functions begin in an instance type, if they are plain and nothing else has them.
fn plain_exports(
    component: &[u8],
    ty: Range<usize>,
    names: &BTreeSet<String>,
) -> std::result::Result<Vec<(String, usize)>, BinaryReaderError> {
    let (start, bytes) = (ty.start, &component[ty]);
    let mut reader = BinaryReader::new_features(bytes, 0, WasmFeatures::all());
    reader.read_u8()?;
    // The instance type counts as a component here: types within it refer to its own.
    let mut scopes = [Scope::default()];
    let mut functions: Vec<(String, u32)> = Vec::new();
    for _ in 0..reader.read_var_u32()? {
        let at = reader.current_position();
        let declaration: InstanceTypeDeclaration = reader.read()?;
        if let InstanceTypeDeclaration::Type(ty) = &declaration {
            record_outer_uses(ty, 0, &mut scopes);
        }
        let types = &mut scopes[0].types;
        match declaration {
            InstanceTypeDeclaration::Type(_) => {
                let is_plain = bytes[at..].starts_with(&[TYPE_DECLARATION, FUNCTION]);
                let first = start + at + 1;
                types.push(is_plain.then_some(first..first + 1));
            }
            InstanceTypeDeclaration::Alias(alias) => {
                if is_type(&alias) {
                    types.push(None);
                }
                // An alias of a type of the instance type itself.
                if let ComponentAlias::Outer {
                    count: 0, index, ..
                } = alias
                {
                    types.record_use(index);
                }
            }
            InstanceTypeDeclaration::Export { name, ty } => {
                used_type(ty).into_iter().for_each(|ty| types.record_use(ty));
                match ty {
                    ComponentTypeRef::Type(_) => types.push(None),
                    ComponentTypeRef::Func(index) => functions.push((name.name.to_owned(), index)),
                    _ => {}
                }
            }
            InstanceTypeDeclaration::CoreType(_) => {}
        }
    }
    functions.retain(|(name, _)| names.contains(name));
    // Functions that are all async may have one type.
    let mut uses: BTreeMap<u32, usize> = BTreeMap::new();
    functions.iter().for_each(|(_, index)| *uses.entry(*index).or_default() += 1);
    let plain = functions.into_iter().filter_map(|(name, index)| {
        let range = scopes[0].types.range(index, uses[&index])?;
        Some((name, range.start))
    });
    Ok(plain.collect())
}
