//! WebAssembly files: packages encoded as components, and components.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use wit_component::DecodedWasm;
use wit_parser::Resolve;

use super::text::unreadable;
use crate::decode;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::extern_names::ExternNames;
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
    let decoded = decode(path).map_err(|failure| match failure.code() {
        codes::NOT_IN_WIT => component_as_dependency(path).into(),
        _ => failure,
    })?;
    match decoded {
        DecodedWasm::WitPackage(package, _) => {
            call(|| resolve.merge(package))
                .map_err(|error| invalid(path, &format!("{error:#}")))?;
            Ok(())
        }
        DecodedWasm::Component(..) => Err(component_as_dependency(path).into()),
    }
}

fn component_as_dependency(path: &Path) -> Diagnostic {
    let path_shown = path.display();
    let message = format!("`{path_shown}` is a component, and a dependency is a WIT package");
    Diagnostic::error(codes::NOT_A_PACKAGE, message)
        .at(Place::path(path))
        .help("put the package that its interfaces come from into `deps/`")
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
        .help("`witgen component` builds a component from it")
        .into());
    }
    if !wasmparser::Parser::is_component(&bytes) {
        return Err(invalid(path, "it is not WebAssembly").into());
    }
    decode::decode(&bytes).map_err(|why| match not_in_wit(&bytes, &why) {
        Some(failure) => failure.at(Place::path(path)).into(),
        None => invalid(path, &why).into(),
    })
}

/// The error for a valid component that can't be decoded, because WIT can't express it; none for other bytes.
pub(super) fn not_in_wit(bytes: &[u8], why: &str) -> Option<Diagnostic> {
    if !decode::is_component(bytes) {
        return None;
    }
    let names = ExternNames::of(bytes).ok()?;
    let is_imported = |name: &&String| names.imports.iter().any(|import| import.name == **name);
    // The decoder panics on these (wit-component 0.262).
    let why = match names.exports.iter().find(is_imported) {
        Some(name) => format!("it exports `{name}`, which it also imports"),
        None => why.to_owned(),
    };
    let message = format!("no WIT world can describe this component: {why}");
    let help = "`witgen compose`, `serve` and `publish` work without the WIT of a component";
    Some(Diagnostic::error(codes::NOT_IN_WIT, message).help(help))
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
