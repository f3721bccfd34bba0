//! Reads chains from their components.

use std::path::Path;

use super::problems::Problems;
use super::{Options, imports};
use crate::chain_file::{ChainFile, Contents};
use crate::compose::{Chain, Composition};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read::{self, MAX_WASM_BYTES};
use crate::registry::Registries;

/// Reads a component from a file.
pub(super) fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    read::any(path, MAX_WASM_BYTES)
}

/// Links a chain as `witgen-serve` does, and checks that it has what the chain imports.
pub(super) fn check_served(
    name: &str,
    file: &ChainFile,
    registries: &Registries,
    problems: &mut Problems<'_>,
) {
    let composed = file.load(name, registries, &read_file).and_then(|chain| {
        let composed = chain.leave_open().split_imports(true).link_by_host().compose();
        composed.map_err(|failure| file.explain(name, failure))
    });
    if let Some(composed) = problems.take(composed) {
        imports::check(&composed, &imports::WITGEN_SERVE, file, problems);
    }
}

/// Reads a chain as a single component has it: next hops to origins lead to members that forward requests.
///
/// # Errors
///
/// Components that can't be read or linked, and an origin with several servers.
pub(super) fn closed(name: &str, file: &ChainFile, registries: &Registries) -> Result<Chain> {
    let chain = file.load(name, registries, &read_file)?;
    to_servers(name, file, chain)
}

/// Leads next hops to origins by members that forward requests.
///
/// # Errors
///
/// An origin with several servers.
pub(super) fn to_servers(name: &str, file: &ChainFile, chain: Chain) -> Result<Chain> {
    file.lead_to_servers(name, chain, None).map_err(|failure| {
        failure.map(|error| {
            if error.code != codes::UNKNOWN_ORIGIN {
                return error;
            }
            let places = error.places.clone();
            let error = Diagnostic::error(codes::UNSUPPORTED_BY_ENGINE, error.message.clone());
            places.into_iter().fold(error, Diagnostic::at).help(
                "leave one server in the origin, such as a load balancer, or deploy to an engine that runs `witgen-serve`",
            )
        })
    })
}

/// Composes a chain, which must be closed.
///
/// # Errors
///
/// Components that can't be linked, and open next hops.
pub(super) fn composed(name: &str, file: &ChainFile, chain: &Chain) -> Result<Composition> {
    let composed = chain.compose().map_err(|failure| file.explain(name, failure))?;
    let Some(hop) = composed.open_hops.first() else {
        return Ok(composed);
    };
    let message = format!(
        "the next hop `{}` of the chain `{name}` is open, and this engine has no origins",
        hop.name()
    );
    let error = Diagnostic::error(codes::UNSUPPORTED_BY_ENGINE, message)
        .help("name one server: `origin = \"http://HOST:PORT\"` in the chain, or an origin with one of `servers`")
        .help("or end the chain with a service");
    Err(file.explain(name, error.into()))
}

/// Returns the name of a deployment: that of the options, or of the only chain, or of the file.
///
/// # Errors
///
/// A name that resources can't have.
pub(super) fn resource_name(file: &ChainFile, options: &Options) -> Result<String> {
    let contents: &Contents = file.contents();
    let chains: Vec<&str> = contents.chains.keys().map(|name| name.as_str()).collect();
    let (name, place) = match (&options.name, &options.chain, chains.as_slice()) {
        (Some(name), ..) => (name.clone(), Place::argument(format!("--name {name}"))),
        (None, Some(name), _) => (name.clone(), Place::argument(format!("--chain {name}"))),
        (None, None, [only]) => ((*only).to_owned(), Place::path(file.path())),
        (None, None, _) => {
            let stem = file.path().file_stem().unwrap_or_default();
            (
                stem.to_string_lossy().into_owned(),
                Place::path(file.path()),
            )
        }
    };
    if is_resource_name(&name) {
        return Ok(name);
    }
    let message = format!("`{name}` can't be the name of resources");
    Err(Diagnostic::error(codes::UNSUPPORTED_BY_ENGINE, message)
        .at(place)
        .help("pass `--name NAME`: at most 40 lower-case letters, digits and single hyphens, the first one a letter")
        .into())
}

/// Whether a name is a label (RFC 1035, section 2.3.1) that leaves room for what is added to it. Two hyphens in a row are
/// in names of resources that are numbered.
fn is_resource_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.bytes().all(is_part)
}
