//! WebAssembly files: packages encoded as components, and components.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use wit_component::DecodedWasm;
use wit_parser::Resolve;

use super::text::unreadable;
use crate::decode;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::panics::{call, catch_panic};
use crate::read::{self, MAX_WASM_BYTES};

/// Whether a file contains WebAssembly: by its first bytes, or by the extension `.wasm` or `.wat`.
pub(super) fn is_wasm(path: &Path) -> Result<bool> {
    if path.extension().is_some_and(|extension| extension == "wat") {
        return Ok(true);
    }
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(4).read_to_end(&mut start))
        .map_err(|error| unreadable(path, &error))?;
    Ok(start == b"\0asm" || path.extension().is_some_and(|extension| extension == "wasm"))
}

/// Adds an encoded package, and those that it includes, to `resolve`.
pub(super) fn merge_dependency(resolve: &mut Resolve, path: &Path) -> Result<()> {
    match decode(path)? {
        DecodedWasm::WitPackage(package, _) => {
            call(|| resolve.merge(package))
                .map_err(|error| invalid(path, &format!("{error:#}")))?;
            Ok(())
        }
        DecodedWasm::Component(..) => Err(Diagnostic::error(
            codes::NOT_A_PACKAGE,
            format!(
                "`{}` is a component, and a dependency is a WIT package",
                path.display()
            ),
        )
        .at(Place::path(path))
        .help("put the package that its interfaces come from into `deps/`")
        .into()),
    }
}

/// Decodes a file: an encoded package, or a component.
pub(super) fn decode(path: &Path) -> Result<DecodedWasm> {
    let bytes = read::regular(path, MAX_WASM_BYTES).map_err(|error| unreadable(path, &error))?;
    let start = bytes.trim_ascii_start().first();
    if !bytes.starts_with(b"\0asm") && !matches!(start, Some(b'(' | b';')) {
        return Err(invalid(path, "it is not WebAssembly").into());
    }
    let bytes = catch_panic(|| wat::parse_bytes(&bytes))
        .map_err(|panic| invalid(path, &panic.to_string()))?
        .map_err(|mut error| {
            error.set_path(path);
            let message = error.to_string();
            invalid(path, message.lines().next().unwrap_or_default())
        })?;
    if wasmparser::Parser::is_core_wasm(&bytes) {
        return Err(Diagnostic::error(
            codes::NOT_A_COMPONENT,
            format!("`{}` is a core module, not a component", path.display()),
        )
        .at(Place::path(path))
        .help("`witgen component` makes a component of it")
        .into());
    }
    if !wasmparser::Parser::is_component(&bytes) {
        return Err(invalid(path, "it is not WebAssembly").into());
    }
    decode::decode(&bytes).map_err(|why| {
        let failure = not_in_wit(path, &bytes, &why);
        failure.unwrap_or_else(|| invalid(path, &why)).into()
    })
}

/// The error for a valid component that can't be decoded, because WIT can't express it; none for other bytes.
pub(super) fn not_in_wit(path: impl AsRef<Path>, bytes: &[u8], why: &str) -> Option<Diagnostic> {
    if !decode::is_component(bytes) {
        return None;
    }
    let message = format!(
        "no WIT world can describe the component `{}`: {why}",
        path.as_ref().display()
    );
    let error = Diagnostic::error(codes::NOT_IN_WIT, message)
        .at(Place::path(path))
        .help("`witgen compose`, `serve` and `publish` need no WIT of a component");
    Some(error)
}

/// The error for a file, or a package of a registry, that isn't a valid component.
pub(super) fn invalid(path: impl AsRef<Path>, why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::NOT_A_COMPONENT,
        format!(
            "no WIT can be read from `{}`: {why}",
            path.as_ref().display()
        ),
    )
    .at(Place::path(path))
    .help("a `.wasm` file is a WIT package encoded as a component, or a component")
}
