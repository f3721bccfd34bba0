//! Where the server listens: at addresses, Unix sockets, and sockets that systemd has opened.

use std::io;

use tokio::net::TcpListener;
use tracing::warn;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::server::Listener;

pub mod address;
pub mod socket;
mod systemd;
#[cfg(unix)]
mod unix;

use super::args::Args;
use address::{ListenAddress, TrustedProxy};
use socket::{Socket, SocketFiles};
use systemd::Activated;

/// The sockets of the server.
pub struct Sockets {
    /// Where requests are served, in the order of `--listen`.
    pub listeners: Vec<Socket>,
    /// Where operators are served.
    pub admin: Option<Socket>,
}

impl Sockets {
    /// Opens all sockets.
    ///
    /// # Errors
    ///
    /// Each address that can't be listened on, and each one at which nobody could connect.
    pub async fn open(args: &Args) -> Result<Self, Failure> {
        let listen = args.listen.iter().map(|address| ("--listen", address));
        let admin = args.admin.iter().map(|address| ("--admin", address));
        let mut activated = Activated::new(args.listen.iter().chain(&args.admin));
        let mut sockets = Sockets {
            listeners: Vec::new(),
            admin: None,
        };
        let mut failures = Vec::new();
        for (option, address) in listen.chain(admin) {
            match open(address, args.unix_mode, &mut activated).await {
                Ok(opened) if option == "--listen" => sockets.listeners.extend(opened),
                Ok(opened) if opened.len() == 1 => sockets.admin = opened.into_iter().next(),
                Ok(opened) => failures.push(
                    cannot_listen(
                        address,
                        &format!("systemd has opened {} sockets", opened.len()),
                    )
                    .at(Place::argument("--admin systemd"))
                    .help("choose one with --admin systemd:NAME"),
                ),
                Err(failure) => {
                    failures.push(failure.at(Place::argument(format!("{option} {address}"))));
                }
            }
        }
        if args.proxy_protocol {
            let listeners = sockets.listeners.iter();
            failures.extend(listeners.filter_map(|socket| without_proxy(socket, args)));
        }
        Failure::of(failures).map_or(Ok(()), Err)?;
        for name in activated.names() {
            warn!(target: "server", "nothing is served at the socket `{name}`, which systemd has opened: no option names it");
        }
        Ok(sockets)
    }

    /// Takes what is removed when the server ends.
    pub fn take_files(&mut self) -> SocketFiles {
        let sockets = self.listeners.iter_mut().chain(&mut self.admin);
        sockets.filter_map(Socket::take_file).collect()
    }

    /// Returns where clients find the server, by `http` or `https`.
    pub fn urls(&self, scheme: &str) -> Vec<String> {
        self.listeners.iter().map(|socket| socket.url(scheme)).collect()
    }

    /// Returns what the server accepts connections from.
    pub fn into_listeners(self, has_proxy_headers: bool) -> Vec<Listener> {
        let listeners = self.listeners.into_iter().map(Socket::into_listener);
        if has_proxy_headers {
            listeners.map(Listener::proxy_protocol).collect()
        } else {
            listeners.collect()
        }
    }
}

/// Opens the sockets of an address; several if systemd has opened them.
async fn open(
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
                cannot_listen(address, "this server has no Unix sockets on this system")
                    .help("listen on 127.0.0.1 instead"),
            )
        }
        ListenAddress::Systemd(name) => activated.take(name.as_deref()),
    }
}

fn cannot_listen(address: &ListenAddress, why: &str) -> Diagnostic {
    let message = format!("cannot listen on {address}: {why}");
    Diagnostic::error(codes::CANNOT_LISTEN, message)
}

/// Reports a socket that requires the PROXY protocol, and at which no client is a trusted proxy.
fn without_proxy(socket: &Socket, args: &Args) -> Option<Diagnostic> {
    let is_unix = |proxy: &TrustedProxy| *proxy == TrustedProxy::Unix;
    let is_possible = |proxy| is_unix(proxy) == socket.is_unix();
    if args.trusted_proxy.iter().any(is_possible) {
        return None;
    }
    let message = format!(
        "nobody could connect to {}: --proxy-protocol is for trusted proxies, and no --trusted-proxy is for this socket",
        socket.name
    );
    let help = if socket.is_unix() {
        "pass --trusted-proxy unix"
    } else {
        "pass --trusted-proxy with the network of your load balancer"
    };
    let failure = Diagnostic::error(codes::CANNOT_LISTEN, message);
    Some(failure.at(Place::argument("--proxy-protocol")).help(help))
}
