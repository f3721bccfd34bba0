//! Core signatures: what a function looks like to a core module, by the Canonical ABI.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use wit_parser::{Function, Resolve};

use super::flat::{CoreType, Flat, Flattening};

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
    /// The import by which a function that is lifted with `async` returns its result: `task.return`.
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

/// Computes core signatures.
pub(super) struct Signatures<'a>(Flattening<'a>);

impl<'a> Signatures<'a> {
    pub fn new(resolve: &'a Resolve) -> Self {
        Signatures(Flattening::new(resolve))
    }

    /// Returns the core signatures of a function.
    pub fn of(&mut self, function: &Function) -> FunctionAbi {
        let params = self.0.types(function.params.iter().map(|param| &param.ty));
        let result = self.0.types(&function.result);
        let in_params = |max| direct(&params, max);
        // A result that isn't passed directly is written to an address that the guest chooses.
        let direct_result = result
            .as_deref()
            .filter(|result| result.len() <= Resolve::MAX_FLAT_RESULTS)
            .map(<[_]>::to_vec);
        let pointer = |is_passed: bool| is_passed.then_some(CoreType::I32);
        let code = || vec![CoreType::I32];
        let mut import = in_params(Resolve::MAX_FLAT_PARAMS);
        import.extend(pointer(direct_result.is_none()));
        let mut import_async = in_params(Resolve::MAX_FLAT_ASYNC_PARAMS);
        import_async.extend(pointer(function.result.is_some()));
        FunctionAbi {
            import: CoreSignature {
                params: import,
                results: direct_result.clone().unwrap_or_default(),
            },
            import_async: CoreSignature {
                params: import_async,
                results: code(),
            },
            export: CoreSignature {
                params: in_params(Resolve::MAX_FLAT_PARAMS),
                results: direct_result.unwrap_or_else(code),
            },
            export_async: CoreSignature {
                params: in_params(Resolve::MAX_FLAT_PARAMS),
                results: code(),
            },
            task_return: CoreSignature {
                params: direct(&result, Resolve::MAX_FLAT_PARAMS),
                results: Vec::new(),
            },
        }
    }
}

/// Core types as parameters: a pointer to them if there are more than `max`.
fn direct(flat: &Flat, max: usize) -> Vec<CoreType> {
    match flat {
        Some(flat) if flat.len() <= max => flat.to_vec(),
        _ => vec![CoreType::I32],
    }
}
