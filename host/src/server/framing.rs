//! Requests of HTTP/1.1 whose end could be read in two ways.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How HTTP/2 begins, where nobody has agreed on it before (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// A line that is longer is of no request that is answered.
const LONGEST: usize = 1 << 20;

/// Of each head that has come, in order, whether it says twice how long its content is: with `Transfer-Encoding` and
/// with `Content-Length`. Whoever reads the one, and hands on to somebody who reads the other, lets a second request
/// through inside of the first (RFC 9112, section 6.1), and hyper leaves out the second and doesn't say so.
#[derive(Clone, Default)]
pub(super) struct Heads(Arc<Mutex<VecDeque<bool>>>);

impl Heads {
    /// Whether the next one is ambiguous.
    pub fn next_is_ambiguous(&self) -> bool {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heads.pop_front().unwrap_or_default()
    }
}

/// A connection whose requests are looked at as they come.
pub(super) struct Watched<S> {
    stream: S,
    heads: Heads,
    state: State,
    line: Vec<u8>,
    head: Head,
}

/// What comes next.
enum State {
    Head,
    Content(u64),
    ChunkSize,
    /// With the line end behind it.
    Chunk(u64),
    Trailers,
    /// Not HTTP/1.1, or nothing that would be answered.
    Other,
}

#[derive(Default)]
struct Head {
    lines: usize,
    length: Option<u64>,
    has_length: bool,
    has_encoding: bool,
}

impl<S> Watched<S> {
    pub fn new(stream: S, heads: Heads) -> Self {
        Watched {
            stream,
            heads,
            state: State::Head,
            line: Vec::new(),
            head: Head::default(),
        }
    }

    fn see(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Other => return,
                State::Content(left) | State::Chunk(left) => {
                    let skipped = bytes
                        .len()
                        .min(usize::try_from(*left).unwrap_or(usize::MAX));
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
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
                    self.line.extend_from_slice(line);
                    bytes = rest;
                    if end.is_some() {
                        let line = std::mem::take(&mut self.line);
                        self.line(line.trim_ascii_end());
                    } else if self.line.len() > LONGEST {
                        self.state = State::Other;
                    }
                }
            }
        }
    }

    fn line(&mut self, line: &[u8]) {
        match self.state {
            State::ChunkSize => {
                let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
                let size = std::str::from_utf8(size.trim_ascii()).ok();
                self.state = match size.and_then(|size| u64::from_str_radix(size, 16).ok()) {
                    Some(0) => State::Trailers,
                    Some(size) => State::Chunk(size.saturating_add(2)),
                    None => State::Other,
                };
            }
            State::Trailers if line.is_empty() => self.state = State::Head,
            State::Head if line.is_empty() && self.head.lines > 0 => self.end_of_head(),
            State::Head => self.head_line(line),
            _ => {}
        }
    }

    fn head_line(&mut self, line: &[u8]) {
        // Empty lines before a request are skipped (RFC 9112, section 2.2).
        self.head.lines += usize::from(!line.is_empty());
        if self.head.lines == 1 {
            if line.starts_with(PREFACE) {
                self.state = State::Other;
            }
            return;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return;
        };
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.head.has_encoding = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.head.has_length = true;
            let value = std::str::from_utf8(value).ok();
            self.head.length = value.and_then(|value| value.parse().ok());
        }
    }

    fn end_of_head(&mut self) {
        let head = std::mem::take(&mut self.head);
        let mut heads = self.heads.0.lock().unwrap_or_else(PoisonError::into_inner);
        heads.push_back(head.has_encoding && head.has_length);
        drop(heads);
        self.state = match head.length {
            _ if head.has_encoding => State::ChunkSize,
            Some(length) if length > 0 => State::Content(length),
            _ => State::Head,
        };
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.see(&buffer.filled()[before..]);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
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

    /// Which heads are ambiguous, in bytes that come in pieces of so many.
    fn ambiguous(bytes: &[u8], piece: usize) -> Vec<bool> {
        let heads = Heads::default();
        let mut watched = Watched::new((), heads.clone());
        for piece in bytes.chunks(piece) {
            watched.see(piece);
        }
        let found = heads.0.lock().unwrap().drain(..).collect();
        found
    }

    #[test]
    fn heads_are_found_wherever_they_begin() {
        let bytes = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\
            POST / HTTP/1.1\r\nContent-Length: 31\r\n\r\nGET /x HTTP/1.1\r\nContent-Length\
            POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\na;b=c\r\n0123456789\r\n0\r\nx: y\r\n\r\n\
            POST / HTTP/1.1\r\ncontent-length: 3\r\nTRANSFER-ENCODING : chunked\r\n\r\n0\r\n\r\n\
            GET / HTTP/1.1\nHost: a\n\n";
        for piece in [1, 2, 3, 7, 1000] {
            let found = ambiguous(bytes, piece);
            assert_eq!(found, [false, false, false, true, false], "{piece}");
        }
    }

    #[test]
    fn other_protocols_are_left_alone() {
        assert!(ambiguous(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0", 5).is_empty());
    }
}
