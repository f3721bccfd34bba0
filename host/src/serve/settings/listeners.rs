//! Where the server listens.

use std::path::PathBuf;

use witgen::chain_file::{Certificate, ChainFile};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

use super::command::Command;
use crate::serve::args::Args;
use crate::serve::listen;
use crate::serve::listen::address::ListenAddress;
use crate::serve::listen::socket::SocketName;

/// Where the server listens.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// Several sockets if systemd has opened them.
    pub address: ListenAddress,
    pub place: Place,
    /// Where the PROXY protocol is required, if it is.
    pub proxy_protocol: Option<Place>,
    /// The files of the certificate and of its key.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// Returns the listeners of the command line.
pub(super) fn of_arguments(args: &Args, tls: Option<(PathBuf, PathBuf)>) -> Vec<ListenerSettings> {
    let tls = args.tls_cert.clone().zip(args.tls_key.clone()).or(tls);
    let listeners = args.listen.iter().map(|address| ListenerSettings {
        address: address.clone(),
        place: Place::argument(format!("--listen {address}")),
        proxy_protocol: proxy_protocol(args),
        tls: tls.clone(),
    });
    listeners.collect()
}

/// Returns where the command line requires the PROXY protocol, if it does.
fn proxy_protocol(args: &Args) -> Option<Place> {
    args.proxy_protocol.then(|| Place::argument("--proxy-protocol"))
}

/// Returns where the address of the endpoint for operators is.
pub(super) fn admin_place(args: &Args, file: Option<&ChainFile>) -> Option<Place> {
    let in_file = file.and_then(|file| Some(file.place(&file.contents().admin.as_ref()?.listen)));
    in_file.or_else(|| Some(Place::argument(format!("--admin {}", args.admin.as_ref()?))))
}

/// Returns an address of the file. The path of a Unix socket starts from the file's folder.
///
/// # Errors
///
/// How to write it.
pub(super) fn address(file: &ChainFile, text: &str) -> Result<ListenAddress, String> {
    Ok(match text.parse()? {
        ListenAddress::Unix(path) => match path.to_str() {
            Some(path) => ListenAddress::Unix(file.resolve(path)),
            None => ListenAddress::Unix(path),
        },
        other => other,
    })
}

/// Returns the listeners of the file; `--listen` and `--tls-cert` replace all of them, and `--proxy-protocol` is for all.
pub(super) fn of_file(
    command: &Command,
    args: &Args,
    file: &ChainFile,
) -> Result<Vec<ListenerSettings>, Failure> {
    let entries = &file.contents().listeners;
    let certificate = |tls: &Certificate| (file.resolve(&tls.certificate), file.resolve(&tls.key));
    if command.is_given("listen") || entries.is_empty() {
        let first = entries.first().and_then(|entry| entry.tls.as_deref()).map(certificate);
        return Ok(of_arguments(args, first));
    }
    let given = args.tls_cert.clone().zip(args.tls_key.clone());
    Failure::collect(entries.iter().map(|entry| {
        let place = file.place(&entry.address);
        let required = entry.proxy_protocol.as_ref().filter(|required| ***required);
        let address = address(file, &entry.address).map_err(|help| {
            let message = format!("`{}` is not an address", *entry.address);
            Diagnostic::error(codes::INVALID_CHAIN_FILE, message)
                .at(place.clone())
                .help(help)
        })?;
        Ok(ListenerSettings {
            address,
            place,
            proxy_protocol: required.map(|key| file.place(key)).or_else(|| proxy_protocol(args)),
            tls: given.clone().or_else(|| entry.tls.as_deref().map(certificate)),
        })
    }))
}

/// Rejects listeners at which no client could connect. Sockets of systemd are known only when the server opens them.
pub(super) fn check_proxies(listeners: &[ListenerSettings], args: &Args) -> Result<(), Failure> {
    let problems = listeners.iter().filter_map(|listener| {
        let place = listener.proxy_protocol.clone()?;
        let socket = SocketName {
            text: listener.address.to_string(),
            is_unix: match listener.address {
                ListenAddress::Tcp(_) => false,
                ListenAddress::Unix(_) => true,
                ListenAddress::Systemd(_) => return None,
            },
        };
        Some(listen::without_proxy(&socket, &args.trusted_proxy)?.at(place))
    });
    Failure::of(problems.collect()).map_or(Ok(()), Err)
}
