//! Core signatures: what a function looks like to a core module, by the Canonical ABI.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};
use wit_parser::{Function, Resolve};

/// A core type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the cases are WebAssembly's own names")]
#[non_exhaustive]
pub enum CoreType {
    I32,
    I64,
    F32,
    F64,
}

/// A core function's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoreSignature {
    /// Parameters.
    pub params: Vec<CoreType>,
    /// Results.
    pub results: Vec<CoreType>,
}

/// How a function is seen by a core module that imports or exports it, with 32-bit memory.
///
/// The names follow the Canonical ABI: a synchronous call is `canon lower` or `canon lift` without
/// `async`; the asynchronous forms exist for every function, whether or not it is an `async func`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FunctionAbi {
    /// Imported, called synchronously.
    pub import: CoreSignature,
    /// Imported, called asynchronously: the result is a subtask's state and index.
    pub import_async: CoreSignature,
    /// Exported, called synchronously.
    pub export: CoreSignature,
    /// Exported, lifted with `async` and a callback: the result is a callback code.
    pub export_async: CoreSignature,
}

/// A core import of a component: what a module imports to call an imported function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoreImport<'a> {
    /// The module: the interface's full name, or `$root` for a function of the world itself.
    pub module: &'a str,
    /// The field in it: `[async-lower]handle`.
    pub name: String,
    /// Its signature.
    pub signature: &'a CoreSignature,
}

/// A core export of a component: what a module exports to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoreExport<'a> {
    /// The name: `[async-lift]wasi:http/handler@0.3.3#handle`.
    pub name: String,
    /// Its signature.
    pub signature: &'a CoreSignature,
}

impl super::Function {
    /// The two forms in which a core module imports the function, by the names that `wit-component`
    /// knows: lowered synchronously, and lowered with `async`. `interface` is the name that its
    /// interface is imported under.
    pub fn core_imports<'a>(&'a self, interface: Option<&'a str>) -> [CoreImport<'a>; 2] {
        let name = &self.component_name;
        let module = interface.unwrap_or("$root");
        let import = |name, signature| CoreImport {
            module,
            name,
            signature,
        };
        [
            import(name.clone(), &self.abi.import),
            import(format!("[async-lower]{name}"), &self.abi.import_async),
        ]
    }

    /// The two forms in which a core module exports the function: lifted synchronously, and lifted
    /// with `async` and a callback.
    pub fn core_exports(&self, interface: Option<&str>) -> [CoreExport<'_>; 2] {
        let name = match interface {
            Some(interface) => format!("{interface}#{}", self.component_name),
            None => self.component_name.clone(),
        };
        let async_name = format!("[async-lift]{name}");
        let export = |name, signature| CoreExport { name, signature };
        [
            export(name, &self.abi.export),
            export(async_name, &self.abi.export_async),
        ]
    }
}

impl Display for CoreSignature {
    /// `(i32, i64) -> i32`
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let list = |types: &[CoreType]| {
            let names: Vec<_> = types.iter().map(CoreType::name).collect();
            names.join(", ")
        };
        write!(f, "({})", list(&self.params))?;
        match self.results.as_slice() {
            [] => Ok(()),
            results => write!(f, " -> {}", list(results)),
        }
    }
}

impl CoreType {
    /// WebAssembly's name of the type.
    pub fn name(&self) -> &'static str {
        match self {
            CoreType::I32 => "i32",
            CoreType::I64 => "i64",
            CoreType::F32 => "f32",
            CoreType::F64 => "f64",
        }
    }
}

/// The core signatures of a function.
pub(super) fn of(resolve: &Resolve, function: &Function) -> FunctionAbi {
    let signature = |variant| core(&resolve.wasm_signature(variant, function));
    FunctionAbi {
        import: signature(AbiVariant::GuestImport),
        import_async: signature(AbiVariant::GuestImportAsync),
        export: signature(AbiVariant::GuestExport),
        export_async: signature(AbiVariant::GuestExportAsync),
    }
}

fn core(signature: &WasmSignature) -> CoreSignature {
    let types = |types: &[WasmType]| types.iter().map(core_type).collect();
    CoreSignature {
        params: types(&signature.params),
        results: types(&signature.results),
    }
}

fn core_type(ty: &WasmType) -> CoreType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => CoreType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => CoreType::I64,
        WasmType::F32 => CoreType::F32,
        WasmType::F64 => CoreType::F64,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use wit_parser::{LiftLowerAbi, ManglingAndAbi, WasmExport, WasmExportKind, WasmImport};
    use wit_parser::{WorldItem, WorldKey};

    use crate::model::describe;
    use crate::source::{Features, Source, load};

    /// What wit-component looks for in a module, in wit-parser's words.
    #[test]
    fn core_names_are_those_that_wit_component_reads() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packages/everything");
        let package = load(&Source::Directory(path.into()), &Features::All).unwrap();
        let model = describe(&package);
        let (resolve, world) = (
            package.resolve(),
            package.select_world(Some("all")).unwrap(),
        );
        let abis = [LiftLowerAbi::Sync, LiftLowerAbi::AsyncCallback].map(ManglingAndAbi::Legacy);
        let mut seen = 0;
        let mut compare = |key: Option<&WorldKey>, of: &wit_parser::Function, is_import: bool| {
            let interface = key.map(|key| resolve.name_world_key(key));
            let function = find(&model, interface.as_deref(), &of.name, is_import);
            let imports = function.core_imports(interface.as_deref());
            let exports = function.core_exports(interface.as_deref());
            for (at, abi) in abis.into_iter().enumerate() {
                let (interface, func) = (key, of);
                let import = WasmImport::Func { interface, func };
                let (module, name) = resolve.wasm_import_name(abi, import);
                assert_eq!((imports[at].module, &imports[at].name), (&*module, &name));
                let kind = WasmExportKind::Normal;
                let export = WasmExport::Func {
                    interface,
                    func,
                    kind,
                };
                assert_eq!(exports[at].name, resolve.wasm_export_name(abi, export));
                seen += 1;
            }
        };
        let world = &resolve.worlds[world];
        for (items, is_import) in [(&world.imports, true), (&world.exports, false)] {
            for (key, item) in items {
                match item {
                    WorldItem::Interface { id, .. } => {
                        let functions = resolve.interfaces[*id].functions.values();
                        functions.for_each(|f| compare(Some(key), f, is_import));
                    }
                    WorldItem::Function(function) => compare(None, function, is_import),
                    WorldItem::Type { .. } => {}
                }
            }
        }
        assert!(seen > 20, "only {seen}");
    }

    fn find<'a>(
        model: &'a crate::model::Model,
        interface: Option<&str>,
        name: &str,
        is_import: bool,
    ) -> &'a crate::model::Function {
        use crate::model::WorldItemKind as Kind;
        let world = model.world("witgen:everything/all@1.2.0").unwrap();
        let items = if is_import {
            &world.imports
        } else {
            &world.exports
        };
        let mut functions = items.iter().flat_map(|item| match &item.kind {
            Kind::Interface(id) if interface == Some(&item.name) => {
                model.interface(id).unwrap().functions.iter().collect()
            }
            Kind::Inline(inline) if interface == Some(&item.name) => {
                inline.functions.iter().collect()
            }
            Kind::Function(function) if interface.is_none() => vec![&**function],
            _ => Vec::new(),
        });
        functions.find(|f| f.component_name == name).unwrap()
    }
}
