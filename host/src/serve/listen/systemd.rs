//! Sockets that systemd has opened, by the protocol of sd_listen_fds(3).

use std::collections::BTreeSet;

use witgen::diagnostic::{Diagnostic, codes};

use super::super::failure::list;
use super::address::ListenAddress;
use super::socket::Socket;

/// How many sockets are taken at most. A larger number is an error.
#[cfg(unix)]
const MAX_SOCKETS: usize = 1024;

/// The sockets that systemd has opened for this process. They stay open, as they do in systemd, so that a reload can use them
/// again.
#[derive(Default)]
pub struct Activated {
    /// `None` if no address has needed them so far.
    sockets: Option<Vec<Passed>>,
    /// The names that addresses have; `systemd` alone doesn't take their sockets.
    named: BTreeSet<String>,
}

/// A socket that systemd has opened.
struct Passed {
    name: String,
    socket: Result<PassedSocket, String>,
    /// Whether one of the addresses stands for it.
    is_taken: bool,
}

#[cfg(unix)]
enum PassedSocket {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener),
}

#[cfg(not(unix))]
enum PassedSocket {}

impl Activated {
    /// Prepares to take the sockets of these addresses. Those that were taken before can be taken again. They come from the
    /// environment, if one of the addresses is systemd's.
    pub fn begin<'a>(&mut self, addresses: impl Iterator<Item = &'a ListenAddress>) {
        self.named.clear();
        let mut is_used = false;
        for address in addresses {
            if let ListenAddress::Systemd(name) = address {
                is_used = true;
                self.named.extend(name.clone());
            }
        }
        if is_used {
            self.sockets.get_or_insert_with(passed);
        }
        for passed in self.sockets.iter_mut().flatten() {
            passed.is_taken = false;
        }
    }

    /// Takes the sockets with a name, or those that no address names.
    ///
    /// # Errors
    ///
    /// If there are none, or if one of them isn't a listening socket.
    pub fn take(&mut self, name: Option<&str>) -> Result<Vec<Socket>, Diagnostic> {
        let named = &self.named;
        let is_meant = |passed: &Passed| match name {
            Some(name) => passed.name == name,
            None => !named.contains(&passed.name),
        };
        let free = self.sockets.iter_mut().flatten().filter(|passed| !passed.is_taken);
        let sockets: Vec<Result<Socket, Diagnostic>> = free
            .filter(|passed| is_meant(passed))
            .map(|passed| {
                passed.is_taken = true;
                passed.open().map_err(|why| {
                    let message = format!("cannot listen on systemd:{}: {why}", passed.name);
                    Diagnostic::error(codes::CANNOT_LISTEN, message)
                        .help("use ListenStream= without Accept=yes in the .socket unit")
                })
            })
            .collect();
        if sockets.is_empty() {
            return Err(self.missing(name));
        }
        sockets.into_iter().collect()
    }

    /// Returns the names of the sockets that weren't taken.
    pub fn unused(&self) -> Vec<String> {
        let unused = self.sockets.iter().flatten().filter(|passed| !passed.is_taken);
        unused.map(|passed| passed.name.clone()).collect()
    }

    fn missing(&self, name: Option<&str>) -> Diagnostic {
        if cfg!(not(unix)) {
            let message = "this system has no systemd";
            return Diagnostic::error(codes::CANNOT_LISTEN, message).help("listen on an address");
        }
        let all: Vec<String> =
            self.sockets.iter().flatten().map(|passed| passed.name.clone()).collect();
        let all = list(&all);
        let (message, help) = match name {
            _ if all.is_empty() => (
                "systemd has opened no socket for this process".to_owned(),
                "start it by a .socket unit, or try `systemd-socket-activate --listen 8080 witgen-serve …`"
                    .to_owned(),
            ),
            Some(name) => (
                format!("systemd has opened no further socket with the name `{name}`"),
                format!("set FileDescriptorName={name} in the .socket unit; the sockets are {all}"),
            ),
            None => (
                "systemd has opened no further socket".to_owned(),
                format!("the sockets are {all}, and other options use them"),
            ),
        };
        Diagnostic::error(codes::CANNOT_LISTEN, message).help(help)
    }
}

/// Takes the sockets from the environment.
#[cfg(unix)]
fn passed() -> Vec<Passed> {
    let count = std::env::var("LISTEN_FDS").ok().and_then(|count| count.parse().ok());
    if count.is_none_or(|count: usize| count > MAX_SOCKETS) {
        return Vec::new();
    }
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut sockets = listenfd::ListenFd::from_env();
    (0..sockets.len())
        .map(|index| {
            // sd_listen_fds_with_names(3)
            let name = names.next().filter(|name| !name.is_empty()).unwrap_or("unknown");
            Passed {
                name: name.to_owned(),
                socket: take(&mut sockets, index).map_err(|error| error.to_string()),
                is_taken: false,
            }
        })
        .collect()
}

#[cfg(not(unix))]
fn passed() -> Vec<Passed> {
    Vec::new()
}

#[cfg(unix)]
fn take(sockets: &mut listenfd::ListenFd, index: usize) -> std::io::Result<PassedSocket> {
    use std::io;

    // A socket is of one of these kinds.
    if let Ok(Some(listener)) = sockets.take_unix_listener(index) {
        check_listening(&listener)?;
        listener.set_nonblocking(true)?;
        return Ok(PassedSocket::Unix(listener));
    }
    let missing = || io::Error::new(io::ErrorKind::NotFound, "the socket was already taken");
    let listener = sockets.take_tcp_listener(index)?.ok_or_else(missing)?;
    check_listening(&listener)?;
    listener.set_nonblocking(true)?;
    Ok(PassedSocket::Tcp(listener))
}

impl Passed {
    /// Returns a duplicate of the socket.
    #[cfg(unix)]
    fn open(&self) -> Result<Socket, String> {
        let open = |socket: &PassedSocket| match socket {
            PassedSocket::Tcp(listener) => {
                Socket::tcp(tokio::net::TcpListener::from_std(listener.try_clone()?)?)
            }
            PassedSocket::Unix(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().map(|path| format!("unix:{}", path.display()));
                let name = path.unwrap_or_else(|| format!("systemd:{}", self.name));
                let listener = tokio::net::UnixListener::from_std(listener.try_clone()?)?;
                Ok(Socket::unix(listener, None, name))
            }
        };
        let socket = self.socket.as_ref().map_err(Clone::clone)?;
        open(socket).map_err(|error: std::io::Error| error.to_string())
    }

    #[cfg(not(unix))]
    fn open(&self) -> Result<Socket, String> {
        match &self.socket {
            Ok(socket) => match *socket {},
            Err(why) => Err(why.clone()),
        }
    }
}

/// Rejects a socket that is a connection, as with `Accept=yes`. There is no systemd elsewhere.
#[cfg(all(unix, not(target_os = "linux")))]
fn check_listening(_: &impl std::os::fd::AsFd) -> std::io::Result<()> {
    Ok(())
}

/// Rejects a socket that is a connection, as with `Accept=yes`.
#[cfg(target_os = "linux")]
fn check_listening(socket: &impl std::os::fd::AsFd) -> std::io::Result<()> {
    if rustix::net::sockopt::socket_acceptconn(socket)? {
        return Ok(());
    }
    let kind = std::io::ErrorKind::InvalidInput;
    Err(std::io::Error::new(kind, "the socket doesn't listen"))
}
