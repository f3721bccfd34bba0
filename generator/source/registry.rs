//! Packages of registries. An encoded package is printed as text and parsed, so that gates, documentation and
//! positions work as for any text.

use std::sync::Arc;

use wit_component::{DecodedWasm, WitPrinter};
use wit_parser::{PackageId, PackageName, Resolve};

use super::component::from_decoded;
use super::resolve::resolve;
use super::text::{Group, Input};
use super::{Features, Package, Source, wasm};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::panics::call;

/// Loads a package, or the world of a component, that a registry has under a name.
pub(super) fn load(name: &str, contents: &Arc<[u8]>, features: &Features) -> Result<Package> {
    let source = Source::Registry {
        name: name.to_owned(),
        contents: contents.clone(),
    };
    match decode(contents).map_err(|error| error.at(Place::argument(name)))? {
        DecodedWasm::WitPackage(encoded, id) => {
            require_name(name, &encoded.packages[id].name)?;
            resolve(input(&encoded, id)?, features, source)
        }
        component => from_decoded(component, source)
            .ok_or_else(|| wasm::invalid(name, "its world belongs to no package").into()),
    }
}

/// Rejects a package that a registry has under the name of another one.
pub(crate) fn require_name(name: &str, found: &PackageName) -> Result<()> {
    if found.to_string() == name {
        return Ok(());
    }
    let message = format!("the registry has another package under this name: `{found}`");
    Err(Diagnostic::error(codes::WRONG_PACKAGE, message)
        .at(Place::argument(name))
        .help("its publisher must publish it again, under its own name and a new version")
        .into())
}

/// Returns the text of a package, and of every package that it includes.
fn input(resolve: &Resolve, id: PackageId) -> Result<Input> {
    let mut texts = package_texts(resolve)?;
    let main = &resolve.packages[id].name;
    let index = texts.iter().position(|(name, _)| name == main);
    let main = texts.remove(index.expect("a package is part of its own resolution"));
    let group = |(name, text): (PackageName, Arc<str>)| Group {
        files: vec![(name.to_string(), text)],
    };
    Ok(Input {
        main: group(main),
        deps: texts.into_iter().map(group).collect(),
        encoded: Vec::new(),
    })
}

/// Prints each package of a resolution as text, with its documentation and its gates.
///
/// # Errors
///
/// A package that can't be written as WIT text.
pub(crate) fn package_texts(resolve: &Resolve) -> Result<Vec<(PackageName, Arc<str>)>> {
    let texts = resolve.packages.iter().map(|(id, package)| {
        let invalid = |why: &str| wasm::invalid(package.name.to_string(), why);
        let text = call(|| {
            let mut printer = WitPrinter::default();
            printer.print(resolve, id, &[])?;
            Ok(printer.output.to_string())
        })
        .map_err(|error| invalid(&format!("{error:#}")))?;
        Ok((package.name.clone(), text.into()))
    });
    texts.collect()
}

/// Decodes an encoded package or a component.
///
/// # Errors
///
/// Bytes that are neither, and a component that WIT can't express ([`codes::NOT_IN_WIT`]).
pub(crate) fn decode(bytes: &[u8]) -> Result<DecodedWasm> {
    let invalid = |why: &str| {
        let message = format!("this is neither a WIT package nor a component: {why}");
        Diagnostic::error(codes::NOT_A_COMPONENT, message)
            .help("a core module becomes a component by `witgen component`")
    };
    if wasmparser::Parser::is_core_wasm(bytes) {
        return Err(invalid("it is a core module").into());
    }
    if !wasmparser::Parser::is_component(bytes) {
        return Err(invalid("it is not WebAssembly").into());
    }
    crate::decode::decode(bytes).map_err(|why| {
        let failure = wasm::not_in_wit(bytes, &why);
        failure.unwrap_or_else(|| invalid(&why)).into()
    })
}
