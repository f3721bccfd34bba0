//! An address that doesn't respond to attempts to connect.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

/// How many connections fill the queue of a listener.
const MAX_FILLING: usize = 16;
/// How long a connection on loopback takes at most, if it is made at all.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(300);

/// Returns an address that doesn't respond. Nothing if the operating system always responds.
pub fn silent_address() -> Option<SocketAddr> {
    static FULL: LazyLock<Option<FullListener>> = LazyLock::new(FullListener::new);
    FULL.as_ref().map(|listener| listener.address)
}

/// A listener whose queue is full: the operating system doesn't respond to further attempts to connect.
struct FullListener {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl FullListener {
    fn new() -> Option<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).ok()?;
        shorten_queue(&listener)?;
        let address = listener.local_addr().ok()?;
        let mut queue = Vec::new();
        let mut timeouts = 0;
        while queue.len() < MAX_FILLING {
            match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
                Ok(stream) => queue.push(stream),
                // On a slow machine, the first timeout may be a coincidence.
                Err(error) if error.kind() == io::ErrorKind::TimedOut && timeouts == 0 => {
                    timeouts += 1;
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Some(FullListener {
                        address,
                        _listener: listener,
                        _queue: queue,
                    });
                }
                Err(_) => return None,
            }
        }
        None
    }
}

#[cfg(unix)]
fn shorten_queue(listener: &TcpListener) -> Option<()> {
    rustix::net::listen(listener, 0).ok()
}

/// Windows refuses connections if the queue is full.
#[cfg(not(unix))]
fn shorten_queue(_: &TcpListener) -> Option<()> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_respond() {
        let address = silent_address().unwrap();
        let error = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
