//! Names of registries: hosts and directories.

use std::net::IpAddr;
use std::path::Path;

use wasm_pkg_common::registry::Registry as Host;

use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// Parses the host of a registry.
///
/// # Errors
///
/// A text that isn't a host.
pub(super) fn parse_host(written: &str, place: Place) -> Result<Host> {
    if written.contains('@') {
        return Err(address_with_credentials(place).into());
    }
    let help =
        "write `HOST` or `HOST:PORT`, or the path of a directory, which begins with `./` or `/`";
    let (mistake, advice) = if written.contains("://") {
        (
            "an address, but a registry is a host",
            "one that speaks plain HTTP has `protocol = \"http\"` in wkg's configuration",
        )
    } else if written.contains('/') {
        (
            "more than a host",
            "the prefix of packages' names in a registry is its `namespacePrefix`, in wkg's configuration",
        )
    } else {
        return written.parse().map_err(|error| {
            let message = format!("`{written}` is not a registry: {error}");
            Diagnostic::error(codes::INVALID_REGISTRY, message)
                .at(place.clone())
                .help(help)
                .into()
        });
    };
    let message = format!("`{written}` is {mistake}");
    Err(Diagnostic::error(codes::INVALID_REGISTRY, message)
        .at(place.clone())
        .help(help)
        .help(advice)
        .help("`docs/registries.md` of witgen has examples")
        .into())
}

/// The error for a registry's address with a user or a password, which the message doesn't repeat.
pub(super) fn address_with_credentials(place: Place) -> Diagnostic {
    let message = "a registry's address has no user and no password in it";
    Diagnostic::error(codes::INVALID_REGISTRY, message)
        .at(place)
        .help("`docker login HOST` stores credentials; the environment can have them, too")
}

/// Whether `--registry` names a directory: a text that starts like a path, or an existing directory. A text
/// such as `ghcr.io/acme` is a mistake, which must not create a directory of that name.
pub(super) fn is_directory(written: &str) -> bool {
    let is_path = Path::new(written).is_absolute()
        || matches!(written, "." | "..")
        || ["./", "../", ".\\", "..\\"].iter().any(|start| written.starts_with(start));
    is_path
        || (written.contains(['/', '\\']) && !written.contains(':') && Path::new(written).is_dir())
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &Host) -> bool {
    let name = host.host().trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
