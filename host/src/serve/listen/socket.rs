//! Sockets that listen.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use witgen_serve::server::Listener;

use super::address::url;

#[cfg(unix)]
pub use super::unix::SocketFile;

/// A Unix socket's file, which this system doesn't support.
#[cfg(not(unix))]
pub enum SocketFile {}

/// Files that are removed when this is dropped.
pub type SocketFiles = Vec<SocketFile>;

/// Where a socket listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketName {
    /// As people write it: `127.0.0.1:8080` or `unix:/run/witgen.sock`.
    pub text: String,
    pub is_unix: bool,
}

impl SocketName {
    /// Returns where clients find the server, by `http` or `https`.
    pub fn url(&self, scheme: &str) -> String {
        url(&self.text, self.is_unix, scheme)
    }
}

/// A socket that listens.
pub struct Socket {
    pub name: SocketName,
    kind: Kind,
    file: Option<SocketFile>,
}

enum Kind {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// A connection of an operator.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Connection for S {}

impl Socket {
    /// A socket of TCP.
    ///
    /// # Errors
    ///
    /// If its address can't be found out.
    pub fn tcp(listener: TcpListener) -> io::Result<Self> {
        Ok(Socket {
            name: SocketName {
                text: listener.local_addr()?.to_string(),
                is_unix: false,
            },
            kind: Kind::Tcp(listener),
            file: None,
        })
    }

    /// A Unix socket, with its file if the server has made it.
    #[cfg(unix)]
    pub fn unix(listener: UnixListener, file: Option<SocketFile>, name: String) -> Self {
        Socket {
            name: SocketName {
                text: name,
                is_unix: true,
            },
            kind: Kind::Unix(listener),
            file,
        }
    }

    pub fn take_file(&mut self) -> Option<SocketFile> {
        self.file.take()
    }

    pub fn into_listener(self) -> Listener {
        match self.kind {
            Kind::Tcp(listener) => listener.into(),
            #[cfg(unix)]
            Kind::Unix(listener) => listener.into(),
        }
    }

    /// Accepts a connection.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub async fn accept(&self) -> io::Result<Box<dyn Connection>> {
        Ok(match &self.kind {
            Kind::Tcp(listener) => Box::new(listener.accept().await?.0),
            #[cfg(unix)]
            Kind::Unix(listener) => Box::new(listener.accept().await?.0),
        })
    }
}
