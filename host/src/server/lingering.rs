//! Closes connections in stages (RFC 9112, section 9.6).
//!
//! If a connection is closed while its client still sends, the operating system resets it, and drops the unsent part of the response.
//! hyper closes connections at once. For this reason, the rest of a request is discarded here first.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long a client may go on sending after the response.
const LINGER_TIME: Duration = Duration::from_secs(30);
/// How long a client may send nothing, and not close the connection either.
const LINGER_IDLE_TIME: Duration = Duration::from_secs(5);
/// How much of a request is discarded. After that nothing more is read, and the client has [`LINGER_IDLE_TIME`] to read the response.
const MAX_DISCARDED_BYTES: usize = 256 << 20;
const BUFFER_BYTES: usize = 16 << 10;

/// Whether there are bytes to read now.
pub(super) fn has_received(
    stream: &mut (impl AsyncRead + Unpin),
    context: &mut Context<'_>,
) -> bool {
    let mut bytes = [0; 64];
    let mut buffer = ReadBuf::new(&mut bytes);
    let read = Pin::new(stream).poll_read(context, &mut buffer);
    matches!(read, Poll::Ready(Ok(()))) && !buffer.filled().is_empty()
}

/// A connection on which the server sends nothing more, and discards what the client sends.
pub(super) struct Lingering {
    end: Pin<Box<Sleep>>,
    idle_end: Pin<Box<Sleep>>,
    left: usize,
    buffer: Box<[u8]>,
}

impl Lingering {
    pub fn new() -> Self {
        Lingering {
            end: Box::pin(sleep(LINGER_TIME)),
            idle_end: Box::pin(sleep(LINGER_IDLE_TIME)),
            left: MAX_DISCARDED_BYTES,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
        }
    }

    /// Discards what the client sends, until the request ends, the client closes the connection, or a limit is reached.
    pub fn poll_closed<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        is_at_end: impl Fn(&S) -> bool,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        while self.end.as_mut().poll(context).is_pending() {
            if self.left == 0 {
                return self.idle_end.as_mut().poll(context);
            }
            match self.poll_discard(stream, context) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(_)) => {
                    self.idle_end.as_mut().reset(Instant::now() + LINGER_IDLE_TIME);
                }
                Poll::Pending if is_at_end(stream) => return Poll::Ready(()),
                Poll::Pending => return self.idle_end.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }

    /// Reads a part, and returns its length.
    fn poll_discard(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let length = self.left.min(self.buffer.len());
        let mut buffer = ReadBuf::new(&mut self.buffer[..length]);
        ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
        self.left -= buffer.filled().len();
        Poll::Ready(Ok(buffer.filled().len()))
    }
}
