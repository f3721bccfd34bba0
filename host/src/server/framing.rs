//! HTTP/1.1 requests whose end is ambiguous, which request smuggling relies on, or whose target has a fragment.
//!
//! hyper repairs some of them without a report. For this reason, the bytes of a connection are also parsed here, as far as
//! that is necessary to find the heads of requests.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use memchr::memchr;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::delivery::Flushes;
use super::lingering::{Lingering, has_received};

/// The start of an HTTP/2 connection (RFC 9113, section 3.4).
const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// How long a line may be. The framing of requests with longer lines is ambiguous.
const MAX_LINE_BYTES: usize = 1 << 20;

/// Whether all recipients understand the head of a request alike, and find the end of the request at the same place
/// (RFC 9112, section 11.2).
///
/// A length that is stated twice, or in a way that recipients read differently, is ambiguous. A server that forwards such a
/// request may forward a second one that is hidden in the content of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Clear,
    Ambiguous,
    /// The end is clear, and the target has a fragment.
    Fragment,
}

/// The framing of the requests that arrived on a connection and weren't handled yet, in order.
#[derive(Clone, Default)]
pub(super) struct FramingQueue(Arc<Mutex<VecDeque<Framing>>>);

impl FramingQueue {
    /// Removes and returns the framing of the next request. The framing of a request that wasn't seen is ambiguous.
    pub fn pop(&self) -> Framing {
        self.queue().pop_front().unwrap_or(Framing::Ambiguous)
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Framing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that reports the framing of its requests as it is read, and when all written bytes have been sent. It is closed in
/// stages.
pub(super) struct FramedStream<S> {
    stream: S,
    framings: FramingQueue,
    flushes: Flushes,
    state: State,
    /// The beginning of a line whose end hasn't arrived.
    line: Vec<u8>,
    head: Head,
    /// Set between the end of the last response and the end of the connection.
    lingering: Option<Lingering>,
}

/// The part of a request that the next bytes belong to.
enum State {
    Head,
    Content(u64),
    ChunkSize,
    /// A chunk including the line end after it.
    Chunk(u64),
    Trailers,
    Http2,
    /// A request that can't be parsed.
    Unknown,
}

#[derive(Default)]
struct Head {
    lines: usize,
    content_length: Option<u64>,
    content_length_fields: usize,
    transfer_encoding_fields: usize,
    has_ambiguous_syntax: bool,
    has_fragment: bool,
}

impl Head {
    fn framing(&self) -> Framing {
        let length_fields = self.content_length_fields + self.transfer_encoding_fields;
        if self.has_ambiguous_syntax || length_fields > 1 {
            Framing::Ambiguous
        } else if self.has_fragment {
            Framing::Fragment
        } else {
            Framing::Clear
        }
    }

    fn parse_request_line(&mut self, line: &[u8]) {
        // A method may contain the sign too.
        self.has_fragment = line.iter().skip_while(|byte| **byte != b' ').any(|byte| *byte == b'#');
    }

    fn parse_field(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return;
        };
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.transfer_encoding_fields += 1;
            // The component wouldn't learn of any other coding.
            self.has_ambiguous_syntax |= !value.eq_ignore_ascii_case(b"chunked");
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.content_length_fields += 1;
            self.content_length =
                std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
        }
    }
}

impl<S> FramedStream<S> {
    pub fn new(stream: S, framings: FramingQueue, flushes: Flushes) -> Self {
        FramedStream {
            stream,
            framings,
            flushes,
            state: State::Head,
            line: Vec::new(),
            head: Head::default(),
            lingering: None,
        }
    }

    /// Whether no request is being received. Requests of HTTP/2 don't count: their clients cancel them.
    fn is_between_requests(&self) -> bool {
        match self.state {
            State::Head => self.line.is_empty() && self.head.lines == 0,
            State::Http2 => true,
            _ => false,
        }
    }

    fn parse(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Http2 | State::Unknown => return,
                State::Content(left) | State::Chunk(left) => {
                    let skipped = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= skipped as u64;
                    bytes = &bytes[skipped..];
                    if *left == 0 {
                        self.state = match self.state {
                            State::Chunk(_) => State::ChunkSize,
                            _ => State::Head,
                        };
                    }
                }
                State::Head | State::ChunkSize | State::Trailers => {
                    let end = memchr(b'\n', bytes);
                    let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
                    bytes = rest;
                    if end.is_some() && self.line.is_empty() {
                        self.parse_terminated_line(line);
                        continue;
                    }
                    self.line.extend_from_slice(line);
                    if end.is_some() {
                        let line = std::mem::take(&mut self.line);
                        self.parse_terminated_line(&line);
                    } else if self.line.len() > MAX_LINE_BYTES {
                        self.stop_parsing();
                    }
                }
            }
        }
    }

    fn parse_terminated_line(&mut self, line: &[u8]) {
        match line.strip_suffix(b"\r\n") {
            Some(line) => self.parse_line(line),
            // RFC 9112, section 2.2: recipients may accept a lone LF as the end of a line, but not all do.
            None if matches!(self.state, State::Head) => {
                self.head.has_ambiguous_syntax = true;
                self.parse_line(line.trim_ascii_end());
            }
            None => self.stop_parsing(),
        }
    }

    /// Stops parsing, because the start of the next request is unknown. All requests that aren't handled yet, and all that
    /// follow, are ambiguous.
    fn stop_parsing(&mut self) {
        self.state = State::Unknown;
        self.framings.queue().clear();
    }

    fn parse_line(&mut self, line: &[u8]) {
        match self.state {
            State::ChunkSize => match chunk_size(line) {
                Some(0) => self.state = State::Trailers,
                Some(size) => self.state = State::Chunk(size.saturating_add(2)),
                None => self.stop_parsing(),
            },
            State::Trailers if line.is_empty() => self.state = State::Head,
            // Pseudo-headers, for example: recipients may skip such a line or the rest.
            State::Trailers if !is_field(line) => self.stop_parsing(),
            State::Head if line.is_empty() && self.head.lines > 0 => self.finish_head(),
            State::Head => self.parse_head_line(line),
            _ => {}
        }
    }

    fn parse_head_line(&mut self, line: &[u8]) {
        // RFC 9112, section 2.2: a server ignores empty lines before a request.
        self.head.lines += usize::from(!line.is_empty());
        if self.head.lines > 1 {
            self.head.parse_field(line);
        } else if line.starts_with(H2_PREFACE) {
            self.state = State::Http2;
        } else {
            self.head.parse_request_line(line);
        }
    }

    fn finish_head(&mut self) {
        let head = std::mem::take(&mut self.head);
        self.framings.queue().push_back(head.framing());
        self.state = match head.content_length {
            _ if head.transfer_encoding_fields > 0 => State::ChunkSize,
            Some(length) if length > 0 => State::Content(length),
            _ => State::Head,
        };
    }
}

/// Whether a line is a field: its name is a token (RFC 9110, section 5.6.2), and a colon follows.
fn is_field(line: &[u8]) -> bool {
    let is_token_byte =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    !name.is_empty() && name.len() < line.len() && name.iter().all(is_token_byte)
}

/// Parses the line before a chunk, without the chunk's extensions (RFC 9112, section 7.1).
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line
        .split(|byte| *byte == b';')
        .next()
        .and_then(|size| std::str::from_utf8(size.trim_ascii()).ok())
        .filter(|size| size.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u64::from_str_radix(digits, 16).ok()
}

impl<S: AsyncRead + Unpin> AsyncRead for FramedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.parse(&buffer.filled()[before..]);
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for FramedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.stream).poll_flush(context);
        if let Poll::Ready(Ok(())) = flush {
            self.flushes.record();
        }
        flush
    }

    /// Ends the connection in this direction. If the client may still be sending a request, waits for the end of that request or of the
    /// connection.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut lingering = match self.lingering.take() {
            Some(lingering) => lingering,
            None => {
                ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
                let is_at_end = match self.state {
                    // Its clients cancel requests.
                    State::Http2 => true,
                    State::Head => !has_received(&mut *self, context),
                    _ => false,
                };
                if is_at_end {
                    return Poll::Ready(Ok(()));
                }
                Lingering::new()
            }
        };
        let closed = lingering.poll_closed(&mut *self, FramedStream::is_between_requests, context);
        self.lingering = Some(lingering);
        closed.map(Ok)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the framing of all requests in bytes that arrive in pieces of a length.
    fn framings(bytes: &[u8], piece_length: usize) -> Vec<Framing> {
        let queue = FramingQueue::default();
        let mut stream = FramedStream::new((), queue.clone(), Flushes::default());
        for piece in bytes.chunks(piece_length) {
            stream.parse(piece);
        }
        queue.queue().drain(..).collect()
    }

    #[test]
    fn heads_are_found_in_pieces_of_any_length() {
        let bytes = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\
            POST / HTTP/1.1\r\nContent-Length: 31\r\n\r\nGET /x HTTP/1.1\r\nContent-Length\
            POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\na;b=c\r\n0123456789\r\n0\r\nx: y\r\n\r\n\
            POST / HTTP/1.1\r\ncontent-length: 3\r\nTRANSFER-ENCODING : chunked\r\n\r\n0\r\n\r\n\
            GET / HTTP/1.1\nHost: a\n\n\
            POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx\
            POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n\
            M# / HTTP/1.1\r\nHost: a\r\n\r\n\
            GET /#b HTTP/1.1\r\nHost: a\r\n\r\n";
        let expected = [
            &[Framing::Clear; 3][..],
            &[Framing::Ambiguous; 4],
            &[Framing::Clear, Framing::Fragment],
        ]
        .concat();
        for piece_length in [1, 2, 3, 7, 1000] {
            assert_eq!(framings(bytes, piece_length), expected, "{piece_length}");
        }
    }

    #[test]
    fn requests_after_malformed_content_are_ambiguous() {
        // Recipients that don't accept a lone LF as the end of a line find another end of the trailers.
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for rest in [
            &b"0\r\nx: y\n\n"[..],
            b"+1\r\n",
            b"x\r\n",
            b"1\nx\r\n",
            b"0\r\n:path: /\r\n\r\n",
            b"0\r\n x: y\r\n\r\n",
        ] {
            let queue = FramingQueue::default();
            let mut stream = FramedStream::new((), queue.clone(), Flushes::default());
            stream.parse(&[chunked, rest, chunked].concat());
            assert_eq!(
                [queue.pop(), queue.pop()],
                [Framing::Ambiguous; 2],
                "{rest:?}"
            );
        }
    }

    #[test]
    fn http2_connections_are_not_parsed() {
        assert!(framings(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0", 5).is_empty());
    }
}
