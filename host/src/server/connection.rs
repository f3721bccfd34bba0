//! How connections are served: what hyper keeps of them, and the tasks of their streams.

use h2::Reason;
use hyper::rt::Executor;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto;

use super::ServerLimits;
use super::activity::Activity;
use super::limits::{DEFAULT_MAX_FIELDS, H2_MAX_STREAMS};
use super::protocol::Protocol;

/// hyper accepts no smaller limit on the size of a head.
const MIN_HEAD_BYTES: u32 = 8 << 10;
/// How much content of an HTTP/2 stream hyper buffers.
const H2_STREAM_WINDOW: u32 = 256 << 10;
/// How much content of an HTTP/2 connection hyper buffers. The number of small frames that it buffers follows from that.
const H2_CONNECTION_WINDOW: u32 = 1 << 20;
/// hyper buffers one piece of a response at a time, because it doesn't limit how many small pieces there are.
const H2_SEND_BUFFER: usize = 1;

/// Returns what serves a connection.
pub(super) fn builder(
    limits: &ServerLimits,
    protocol: Protocol,
    activity: &Activity,
) -> auto::Builder<StreamExecutor> {
    let max_head_bytes = limits.head.max(MIN_HEAD_BYTES);
    let mut builder = protocol.connection_builder(StreamExecutor(activity.clone()));
    let mut http1 = builder.http1();
    http1.timer(TokioTimer::new());
    http1.header_read_timeout(limits.head_time);
    http1.max_buf_size(max_head_bytes as usize);
    if limits.fields != DEFAULT_MAX_FIELDS {
        http1.max_headers(limits.fields);
    }
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new());
    http2.max_header_list_size(max_head_bytes);
    // One unread request body must not stall the other streams of the connection.
    http2.initial_stream_window_size(H2_STREAM_WINDOW);
    http2.initial_connection_window_size(if activity.address().is_trusted {
        // Nor must those of one client of a proxy stall the streams of the others.
        H2_STREAM_WINDOW * H2_MAX_STREAMS
    } else {
        H2_CONNECTION_WINDOW
    });
    http2.max_concurrent_streams(H2_MAX_STREAMS);
    http2.max_send_buf_size(H2_SEND_BUFFER);
    // Pings detect clients that disconnected without closing the connection.
    http2.keep_alive_interval(limits.head_time);
    http2.keep_alive_timeout(limits.head_time);
    builder
}

/// Runs the streams of an HTTP/2 connection, each of which can be ended alone.
#[derive(Clone)]
pub(super) struct StreamExecutor(Activity);

impl<F> Executor<F> for StreamExecutor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    /// Starts a stream. hyper calls this immediately after the request of the stream has arrived.
    fn execute(&self, stream: F) {
        self.0.start_stream(tokio::spawn(stream).abort_handle());
    }
}

/// Returns the error that resets a stream of a client that has cancelled too many requests (RFC 9113, section 10.5).
pub(super) fn calm_down() -> h2::Error {
    Reason::ENHANCE_YOUR_CALM.into()
}
