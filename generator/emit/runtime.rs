//! The code that glue runs on, which doesn't depend on a world.

use witgen_runtime::sources::File;

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::emit::rust_names::is_identifier;

/// Where glue of `wasi:http` has its runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runtime {
    /// In its own folder, as a module `runtime`.
    #[default]
    Emit,
    /// At a path in Rust: in other glue of the same crate (`crate::proxy::runtime`), or in another crate
    /// (`witgen_serve::runtime`).
    At(String),
}

impl Runtime {
    /// Returns the runtime at a path if one is given, else the glue's own.
    pub fn at(path: Option<String>) -> Self {
        path.map_or(Runtime::Emit, Runtime::At)
    }

    /// Returns the path of a shared runtime.
    ///
    /// # Errors
    ///
    /// A path that is not one.
    pub(super) fn shared(&self) -> Result<Option<&str>> {
        match self {
            Runtime::Emit => Ok(None),
            Runtime::At(path) if is_module_path(path) => Ok(Some(path)),
            Runtime::At(path) => Err(Diagnostic::error(
                codes::INVALID_RUNTIME,
                format!("`{path}` is not the path of a module"),
            )
            .at(Place::argument(format!("--runtime {path}")))
            .help(
                "name the module of a runtime from the root of its crate, as in \
                 `crate::proxy::runtime` or `witgen_serve::runtime`",
            )
            .into()),
        }
    }
}

/// Whether this is the path of a module as seen from the root of a crate: `crate::glue::proxy`, `other_crate::runtime`.
fn is_module_path(path: &str) -> bool {
    match path.strip_prefix("crate::") {
        Some(inner) => inner.split("::").all(is_identifier),
        None => path.contains("::") && path.split("::").all(is_identifier),
    }
}

/// Returns files of the runtime with their places in the folder of glue.
pub(super) fn files(lists: [&'static [File]; 2]) -> impl Iterator<Item = (String, String)> {
    let files = lists.into_iter().flatten();
    files.map(|file| (format!("runtime/{}", file.path), file.contents.to_owned()))
}
