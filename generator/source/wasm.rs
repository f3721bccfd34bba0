//! WIT out of WebAssembly: packages encoded as components, and the worlds of components.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use wit_component::DecodedWasm;
use wit_parser::Resolve;

use super::text::unreadable;
use super::{Package, Source};
use crate::decode;
use crate::diagnostic::{Diagnostic, Place, Result};

/// Whether a file holds WebAssembly, in binary or, by its name, in text form.
pub(super) fn is_wasm(path: &Path) -> Result<bool> {
    if path.extension().is_some_and(|extension| extension == "wat") {
        return Ok(true);
    }
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(4).read_to_end(&mut start))
        .map_err(|error| unreadable(path, &error))?;
    Ok(start == b"\0asm"
        || path
            .extension()
            .is_some_and(|extension| extension == "wasm"))
}

/// Reads a WIT package, or the world of a component.
pub(super) fn load(path: &Path) -> Result<Package> {
    let decoded = decode(path)?;
    of_decoded(decoded, Source::Wasm(path.to_owned()))
        .ok_or_else(|| invalid(&shown(path), "its world belongs to no package"))
}

/// A package, or the world of a component; none if that world belongs to no package.
pub(super) fn of_decoded(decoded: DecodedWasm, source: Source) -> Option<Package> {
    let (resolve, id, world) = match decoded {
        DecodedWasm::WitPackage(resolve, id) => (resolve, id, None),
        DecodedWasm::Component(resolve, world) => {
            let id = resolve.worlds[world].package?;
            (resolve, id, Some(world))
        }
    };
    Some(Package {
        resolve,
        id,
        world,
        source,
        texts: Default::default(),
        includes: Default::default(),
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Adds an encoded package, and those that it carries, to `resolve`.
pub(super) fn merge_dependency(resolve: &mut Resolve, path: &Path) -> Result<()> {
    match decode(path)? {
        DecodedWasm::WitPackage(package, _) => {
            resolve
                .merge(package)
                .map_err(|error| invalid(&shown(path), &format!("{error:#}")))?;
            Ok(())
        }
        DecodedWasm::Component(..) => Err(Diagnostic::error(
            "not-a-package",
            format!(
                "`{}` is a component, and a dependency is a WIT package",
                path.display()
            ),
        )
        .at(Place::path(path))
        .help("put the package that its interfaces come from into `deps/`")),
    }
}

pub(super) fn decode(path: &Path) -> Result<DecodedWasm> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let start = bytes.trim_ascii_start().first();
    if !bytes.starts_with(b"\0asm") && !matches!(start, Some(b'(' | b';')) {
        return Err(invalid(&shown(path), "it is not WebAssembly"));
    }
    let bytes = wat::parse_bytes(&bytes).map_err(|mut error| {
        error.set_path(path);
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().to_owned();
        invalid(&shown(path), &message)
    })?;
    if wasmparser::Parser::is_core_wasm(&bytes) {
        return Err(Diagnostic::error(
            "not-a-component",
            format!("`{}` is a core module, not a component", path.display()),
        )
        .at(Place::path(path))
        .help("`witgen component` makes a component of it"));
    }
    if !wasmparser::Parser::is_component(&bytes) {
        return Err(invalid(&shown(path), "it is not WebAssembly"));
    }
    decode::decode(&bytes).map_err(|why| invalid(&shown(path), &why))
}

pub(super) fn invalid(path: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "not-a-component",
        format!("no WIT can be read from `{path}`: {why}"),
    )
    .at(Place::path(path))
    .help("a `.wasm` file is a WIT package encoded as a component, or a component")
}
