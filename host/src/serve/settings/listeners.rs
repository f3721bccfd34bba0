//! Where the server listens.

use std::net::SocketAddr;
use std::path::PathBuf;

use witgen::chain_file::{Certificate, ChainFile};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

use super::command::Command;
use super::unsupported::unsupported;
use crate::serve::args::{self, Args};

/// Where the server listens.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    pub address: SocketAddr,
    pub place: Place,
    /// The files of the certificate and of its key.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// Returns the listener of the command line.
pub(super) fn of_arguments(args: &Args, tls: Option<(PathBuf, PathBuf)>) -> ListenerSettings {
    ListenerSettings {
        address: args.listen,
        place: Place::argument(format!("--listen {}", args.listen)),
        tls: args.tls_cert.clone().zip(args.tls_key.clone()).or(tls),
    }
}

/// Returns where the address of the endpoint for operators is.
pub(super) fn admin_place(args: &Args, file: Option<&ChainFile>) -> Option<Place> {
    let in_file = file.and_then(|file| Some(file.place(&file.contents().admin.as_ref()?.listen)));
    in_file.or_else(|| Some(Place::argument(format!("--admin {}", args.admin?))))
}

/// Returns the listeners of the file; `--listen` and `--tls-cert` replace all of them.
pub(super) fn of_file(
    command: &Command,
    args: &Args,
    file: &ChainFile,
) -> Result<Vec<ListenerSettings>, Failure> {
    let entries = &file.contents().listeners;
    let certificate = |tls: &Certificate| (file.resolve(&tls.certificate), file.resolve(&tls.key));
    if command.is_given("listen") || entries.is_empty() {
        let first = entries.first().and_then(|entry| entry.tls.as_deref()).map(certificate);
        return Ok(vec![of_arguments(args, first)]);
    }
    let given = args.tls_cert.clone().zip(args.tls_key.clone());
    Failure::collect(entries.iter().map(|entry| {
        let place = file.place(&entry.address);
        if entry.proxy_protocol.as_deref() == Some(&true) {
            let place = entry.proxy_protocol.as_ref().map_or(place, |key| file.place(key));
            return Err(unsupported("proxy-protocol", place));
        }
        let address = args::address(&entry.address).map_err(|help| {
            let message = format!("`{}` is not an address", *entry.address);
            Diagnostic::error(codes::INVALID_CHAIN_FILE, message)
                .at(place.clone())
                .help(help)
        })?;
        Ok(ListenerSettings {
            address,
            place,
            tls: given.clone().or_else(|| entry.tls.as_deref().map(certificate)),
        })
    }))
}
