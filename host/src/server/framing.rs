//! Requests of HTTP/1.1 whose end could be read in two ways.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How HTTP/2 begins, where nobody has agreed on it before (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// A line that is longer is of no request that is answered.
const LONGEST: usize = 1 << 20;

/// Of each head that has come, in order, whether it leaves open how long its content is: it says so twice, or in a way
/// that not everybody reads alike. Whoever reads it one way, and hands on to somebody who reads it another way, lets a
/// second request through inside of the first (RFC 9112, section 11.2), and hyper mends some of it and doesn't say so.
#[derive(Clone, Default)]
pub(super) struct Heads(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    heads: VecDeque<bool>,
}

impl Heads {
    /// Whether the next one is ambiguous; one that hasn't been seen is.
    pub fn next_is_ambiguous(&self) -> bool {
        self.seen().heads.pop_front().unwrap_or(true)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// How often each field stands there.
    lengths: usize,
    encodings: usize,
    is_odd: bool,
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
                        match line.strip_suffix(b"\r\n") {
                            Some(line) => self.line(line),
                            // Some take it for the end of a line, and some don't (RFC 9112, section 2.2).
                            None if matches!(self.state, State::Head) => {
                                self.head.is_odd = true;
                                self.line(line.trim_ascii_end());
                            }
                            None => self.lost(),
                        }
                    } else if self.line.len() > LONGEST {
                        self.lost();
                    }
                }
            }
        }
    }

    /// Where the next request begins isn't sure any more.
    fn lost(&mut self) {
        self.state = State::Other;
        let mut seen = self.heads.seen();
        // What is answered already isn't taken back; what comes is refused.
        seen.heads
            .iter_mut()
            .for_each(|is_ambiguous| *is_ambiguous = true);
    }

    fn line(&mut self, line: &[u8]) {
        match self.state {
            State::ChunkSize => {
                let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
                let size = std::str::from_utf8(size.trim_ascii()).ok();
                let digits = size.filter(|size| size.bytes().all(|byte| byte.is_ascii_hexdigit()));
                match digits.and_then(|size| u64::from_str_radix(size, 16).ok()) {
                    Some(0) => self.state = State::Trailers,
                    Some(size) => self.state = State::Chunk(size.saturating_add(2)),
                    None => self.lost(),
                }
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
            self.head.encodings += 1;
            // Another coding would be lost on its way.
            self.head.is_odd |= !value.eq_ignore_ascii_case(b"chunked");
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.head.lengths += 1;
            let value = std::str::from_utf8(value).ok();
            self.head.length = value.and_then(|value| value.parse().ok());
        }
    }

    fn end_of_head(&mut self) {
        let head = std::mem::take(&mut self.head);
        let mut seen = self.heads.seen();
        let is_ambiguous = head.is_odd || head.lengths + head.encodings > 1;
        seen.heads.push_back(is_ambiguous);
        drop(seen);
        self.state = match head.length {
            _ if head.encodings > 0 => State::ChunkSize,
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
        heads.seen().heads.drain(..).collect()
    }

    #[test]
    fn heads_are_found_wherever_they_begin() {
        let bytes = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\
            POST / HTTP/1.1\r\nContent-Length: 31\r\n\r\nGET /x HTTP/1.1\r\nContent-Length\
            POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\na;b=c\r\n0123456789\r\n0\r\nx: y\r\n\r\n\
            POST / HTTP/1.1\r\ncontent-length: 3\r\nTRANSFER-ENCODING : chunked\r\n\r\n0\r\n\r\n\
            GET / HTTP/1.1\nHost: a\n\n\
            POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx\
            POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
        for piece in [1, 2, 3, 7, 1000] {
            let found = ambiguous(bytes, piece);
            assert_eq!(
                found,
                [false, false, false, true, true, true, true],
                "{piece}"
            );
        }
    }

    #[test]
    fn what_may_be_lost_is_refused() {
        // A line that ends in another way hides where the trailers end.
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for rest in [&b"0\r\nx: y\n\n"[..], b"+1\r\n", b"x\r\n", b"1\nx\r\n"] {
            let heads = Heads::default();
            let mut watched = Watched::new((), heads.clone());
            watched.see(&[chunked, rest, chunked].concat());
            assert!(
                heads.next_is_ambiguous() && heads.next_is_ambiguous(),
                "{rest:?}"
            );
        }
    }

    #[test]
    fn other_protocols_are_left_alone() {
        assert!(ambiguous(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0", 5).is_empty());
    }
}
