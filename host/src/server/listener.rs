//! Where a server accepts connections.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio_rustls::TlsAcceptor;

use super::ClientAddress;
use super::stream::ClientStream;

/// A socket that a server accepts connections from, and how they begin.
///
/// ```no_run
/// # use std::{future, time::Duration};
/// # use witgen_serve::{proxy, server};
/// # async fn serve(proxy: proxy::Proxy) -> std::io::Result<()> {
/// use tokio::net::TcpListener;
///
/// let direct = TcpListener::bind("127.0.0.1:8080").await?;
/// let balanced = TcpListener::bind("10.0.0.1:8080").await?;
/// let listeners = [direct.into(), server::Listener::from(balanced).proxy_protocol()];
/// let server = server::Server::new(proxy)
///     .trusted_proxies(|address| address.is_loopback());
/// server.serve_all(listeners, future::pending(), Duration::ZERO).await
/// # }
/// ```
pub struct Listener {
    pub(super) socket: Socket,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) has_proxy_headers: bool,
}

impl Listener {
    /// Uses TLS, with another configuration than the server's. This sets the protocols for ALPN.
    pub fn tls(mut self, config: ServerConfig) -> Self {
        self.tls = Some(tls_acceptor(config));
        self
    }

    /// Requires each connection to begin with a header of the PROXY protocol, version 1 or 2 (HAProxy's
    /// `proxy-protocol.txt`). The address in the header is the client's from then on, for logs, limits and `Forwarded`.
    ///
    /// Only [trusted proxies](super::Server::trusted_proxies) may send the header. Connections of other clients are closed,
    /// and so are those that begin with anything else, with more than 4 KiB, or too slowly
    /// ([`ServerLimits::head_time`](super::ServerLimits::head_time)).
    pub fn proxy_protocol(mut self) -> Self {
        self.has_proxy_headers = true;
        self
    }
}

/// Returns what accepts TLS, for HTTP/2 and HTTP/1.1.
pub(super) fn tls_acceptor(mut config: ServerConfig) -> TlsAcceptor {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Socket::Tcp(listener).into()
    }
}

#[cfg(unix)]
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Socket::Unix(listener).into()
    }
}

impl From<Socket> for Listener {
    fn from(socket: Socket) -> Self {
        Listener {
            socket,
            tls: None,
            has_proxy_headers: false,
        }
    }
}

pub(super) enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

impl Socket {
    pub async fn accept(&self) -> io::Result<(ClientStream, ClientAddress)> {
        match self {
            Socket::Tcp(listener) => {
                let (stream, client) = listener.accept().await?;
                // Nagle's algorithm would delay content in small pieces until the client acknowledges the previous one.
                let _ = stream.set_nodelay(true);
                Ok((ClientStream::Tcp(stream), client.into()))
            }
            #[cfg(unix)]
            Socket::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((ClientStream::Unix(stream), ClientAddress::Unix))
            }
        }
    }
}
