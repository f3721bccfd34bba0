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

    /// Returns the path of a shared runtime, for glue that is the module `module`.
    ///
    /// # Errors
    ///
    /// A path that is not one, and one in the glue itself, which has no runtime if it shares another one.
    pub(super) fn shared(&self, module: &str) -> Result<Option<&str>> {
        let Runtime::At(path) = self else {
            return Ok(None);
        };
        if !is_module_path(path) {
            let message = format!("`{path}` is not the path of a module");
            return Err(Diagnostic::error(codes::INVALID_RUNTIME, message)
                .at(Place::argument(format!("--runtime {path}")))
                .help(
                    "name the module of a runtime from the root of its crate, as in \
                     `crate::proxy::runtime` or `witgen_serve::runtime`",
                )
                .into());
        }
        let rest = path.strip_prefix(module);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::")) {
            let message = format!("`{path}` is inside of the glue itself, `{module}`");
            return Err(Diagnostic::error(codes::INVALID_RUNTIME, message)
                .at(Place::argument(format!("--runtime {path}")))
                .help("leave out the option to give this glue a runtime, or name the runtime of other glue")
                .into());
        }
        Ok(Some(path))
    }

    /// Rejects a shared runtime for glue of a world that has none.
    ///
    /// # Errors
    ///
    /// A path of a runtime.
    pub(super) fn refuse_shared(&self, world: &str) -> Result<()> {
        let Runtime::At(path) = self else {
            return Ok(());
        };
        let message = format!("the glue of `{world}` has no runtime");
        Err(Diagnostic::error(codes::NO_RUNTIME, message)
            .at(Place::argument(format!("--runtime {path}")))
            .help("only glue for worlds with `wasi:http` has one; leave out the option")
            .into())
    }
}

/// Whether this is the path of a module as seen from the root of a crate: `crate::glue::proxy`, `other_crate::runtime`.
fn is_module_path(path: &str) -> bool {
    path.strip_prefix("crate::").unwrap_or(path).split("::").all(is_identifier)
}

/// Returns files of the runtime with their places in the folder of glue.
pub(super) fn files(lists: [&'static [File]; 2]) -> impl Iterator<Item = (String, String)> {
    let files = lists.into_iter().flatten();
    files.map(|file| (format!("runtime/{}", file.path), file.contents.to_owned()))
}
