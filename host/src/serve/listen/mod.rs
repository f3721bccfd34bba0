//! Where the server listens: at addresses, Unix sockets, and sockets that systemd has opened.

use std::io;

use tokio::net::TcpListener;
use witgen::diagnostic::{Diagnostic, codes};

pub mod address;
pub mod socket;
pub mod systemd;
#[cfg(unix)]
mod unix;

use address::{ListenAddress, TrustedProxy};
use socket::{Socket, SocketName};
use systemd::Activated;

/// Opens the sockets of an address; several if systemd has opened them.
///
/// # Errors
///
/// If nothing can listen there.
pub async fn open(
    address: &ListenAddress,
    unix_mode: u32,
    activated: &mut Activated,
) -> Result<Vec<Socket>, Diagnostic> {
    match address {
        ListenAddress::Tcp(tcp) => {
            let bound = TcpListener::bind(tcp).await;
            let socket = bound.and_then(Socket::tcp).map_err(|error| {
                let failure = cannot_listen(address, &error.to_string());
                match error.kind() {
                    io::ErrorKind::AddrInUse => {
                        failure.help("choose another port; 0 is any free one")
                    }
                    io::ErrorKind::AddrNotAvailable => {
                        failure.help("choose an address of this machine")
                    }
                    _ => failure,
                }
            })?;
            Ok(vec![socket])
        }
        #[cfg(unix)]
        ListenAddress::Unix(path) => {
            let (listener, file) = unix::listen(path, unix_mode)?;
            Ok(vec![Socket::unix(
                listener,
                Some(file),
                address.to_string(),
            )])
        }
        #[cfg(not(unix))]
        ListenAddress::Unix(_) => {
            let _ = unix_mode;
            Err(
                cannot_listen(address, "Unix sockets are not supported on this system")
                    .help("listen on 127.0.0.1 instead"),
            )
        }
        ListenAddress::Systemd(name) => activated.take(name.as_deref()),
    }
}

/// The error for an address that can't be listened on.
pub fn cannot_listen(address: &ListenAddress, why: &str) -> Diagnostic {
    let message = format!("cannot listen on {address}: {why}");
    Diagnostic::error(codes::CANNOT_LISTEN, message)
}

/// Reports a socket that requires the PROXY protocol, and at which no client is a trusted proxy.
pub fn without_proxy(socket: &SocketName, trusted: &[TrustedProxy]) -> Option<Diagnostic> {
    let is_unix = |proxy: &TrustedProxy| *proxy == TrustedProxy::Unix;
    let is_possible = |proxy| is_unix(proxy) == socket.is_unix;
    if trusted.iter().any(is_possible) {
        return None;
    }
    let message = format!(
        "no client could connect to {}: --proxy-protocol accepts only trusted proxies, and no --trusted-proxy matches this socket",
        socket.text
    );
    let help = if socket.is_unix {
        "pass --trusted-proxy unix"
    } else {
        "pass --trusted-proxy with the network of your load balancer"
    };
    Some(Diagnostic::error(codes::CANNOT_LISTEN, message).help(help))
}
