//! Core signatures: what a function looks like to a core module, by the Canonical ABI.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};
use wit_parser::{Function, Mangling, Resolve};

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
    /// What a function that is lifted with `async` imports, to give its result: `task.return`.
    pub task_return: CoreSignature,
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
    let (_, _, task_return) = function.task_return_import(resolve, None, Mangling::Legacy);
    FunctionAbi {
        import: signature(AbiVariant::GuestImport),
        import_async: signature(AbiVariant::GuestImportAsync),
        export: signature(AbiVariant::GuestExport),
        export_async: signature(AbiVariant::GuestExportAsync),
        task_return: core(&task_return),
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
