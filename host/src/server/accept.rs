//! Accepts the connections of a listener.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use super::listener::Socket;
use super::stream::ClientStream;
use super::{ClientAddress, Observer};

/// Pause before the next connection is accepted, after the operating system ran out of resources.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// Passes connections to `serve` until `stop` is ready. All connections that the operating system has accepted until then
/// are served.
///
/// # Errors
///
/// Errors of the listener itself.
pub(super) async fn accept_until(
    stop: impl Future<Output = ()>,
    socket: &Socket,
    observer: &dyn Observer,
    mut serve: impl FnMut(ClientStream, ClientAddress),
) -> io::Result<()> {
    let mut stop = pin!(stop);
    let mut is_stopping = false;
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop, if !is_stopping => {
                is_stopping = true;
                continue;
            }
            accepted = socket.accept() => accepted,
            () = std::future::ready(()), if is_stopping => return Ok(()),
        };
        match accepted {
            Ok((stream, client)) => serve(stream, client),
            Err(error) if is_connection_error(&error) => {}
            Err(error) if is_listener_error(&error) => return Err(error),
            Err(error) => {
                observer.exhausted(&error);
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

fn is_connection_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// Whether the listener can no longer accept connections: `EBADF`, `EINVAL`, `ENOSYS` or `ENOTSOCK`. Other errors are
/// temporary, such as a lack of file descriptors.
fn is_listener_error(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(9 | 22 | 38 | 88))
}
