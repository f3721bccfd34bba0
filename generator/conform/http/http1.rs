//! HTTP/1.1 (RFC 9112).

use std::io::{self, Read, Write};
use std::net::TcpStream;

use super::super::events::Events;
use super::{MAX_KEPT, Received, Writer, text};

/// Why a message is incomplete whose sender stops sending.
pub const SILENCE: &str = "nothing more arrives";
/// The largest head of a message.
const MAX_HEAD: usize = 256 << 10;
const MAX_FIELDS: usize = 256;

/// The kind of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Request,
    /// The response to a request with or without the method HEAD.
    Response {
        to_head: bool,
    },
}

/// Reads messages of a connection.
pub struct Reader<'a> {
    stream: &'a TcpStream,
    buffer: Vec<u8>,
    /// Whether bytes arrived since the last query.
    events: &'a Events,
    /// `response` or `origin-request`.
    prefix: &'a str,
}

/// How the content's end is found.
enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

impl<'a> Reader<'a> {
    pub fn new(stream: &'a TcpStream, events: &'a Events, prefix: &'a str) -> Self {
        Reader {
            stream,
            buffer: Vec::new(),
            events,
            prefix,
        }
    }

    /// Reads more bytes. Returns false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        let mut piece = [0; 16 << 10];
        loop {
            let before = self.events.progress();
            match self.stream.read(&mut piece) {
                Err(error) if is_timeout(&error) && self.events.progress() > before => {}
                read => {
                    let length = read?;
                    self.events.make_progress();
                    self.buffer.extend_from_slice(&piece[..length]);
                    return Ok(length > 0);
                }
            }
        }
    }

    fn happen(&self, event: &str) {
        self.events.happen(&format!("{}-{event}", self.prefix));
    }

    /// Reads the head of a message: of a response, the final one. Returns nothing if the connection ends before it begins.
    pub fn head(&mut self, message: Message) -> Option<Received> {
        loop {
            let end = match self.head_end() {
                Ok(Some(end)) => end,
                Ok(None) if self.buffer.is_empty() => return None,
                Ok(None) => return Some(Received::broken("it ends in its head")),
                Err(reason) => return Some(Received::broken(reason)),
            };
            let head: Vec<u8> = self.buffer.drain(..end).collect();
            let parsed = parse_head(&head, message);
            // RFC 9110, 15.2: interim responses precede the final one.
            if parsed.status.is_some_and(|status| status < 200) {
                continue;
            }
            if parsed.broken.is_none() {
                self.happen("head");
            }
            return Some(parsed);
        }
    }

    /// Reads until a head has ended, and returns where that is.
    fn head_end(&mut self) -> Result<Option<usize>, String> {
        loop {
            if let Some(at) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                return Ok(Some(at + 4));
            }
            if self.buffer.len() > MAX_HEAD {
                return Err("its head doesn't end".to_owned());
            }
            match self.fill() {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) if self.buffer.is_empty() && !is_timeout(&error) => return Ok(None),
                Err(error) => return Err(reason(&error)),
            }
        }
    }

    /// Reads the content and the trailers. With `most`, stops after so many bytes.
    pub fn body(&mut self, received: &mut Received, message: Message, most: Option<u64>) {
        let mut length = 0;
        let ended = match framing(received, message) {
            Ok(Framing::None) => Ok(()),
            Ok(Framing::Length(bytes)) => self.content(received, Some(bytes), most, &mut length),
            Ok(Framing::UntilClose) => self.content(received, None, most, &mut length),
            Ok(Framing::Chunked) => self.chunks(received, most, &mut length),
            Err(reason) => Err(reason),
        };
        pad(received, length);
        match ended {
            Ok(()) => self.happen("end"),
            Err(reason) => received.broken = Some(reason),
        }
    }

    /// Reads a part of the content: so many bytes, or all that come.
    fn content(
        &mut self,
        received: &mut Received,
        bytes: Option<u64>,
        most: Option<u64>,
        length: &mut u64,
    ) -> Result<(), String> {
        let mut left = bytes;
        while left != Some(0) {
            if most.is_some_and(|most| *length >= most) {
                return Err("the reader has stopped".to_owned());
            }
            if self.buffer.is_empty() {
                match self.fill() {
                    Ok(true) => {}
                    Ok(false) if left.is_none() => return Ok(()),
                    Ok(false) => return Err("the message ends within its content".to_owned()),
                    Err(error) => return Err(reason(&error)),
                }
            }
            let available = self.buffer.len() as u64;
            let taken = left.map_or(available, |left| left.min(available));
            let bytes: Vec<u8> =
                self.buffer.drain(..usize::try_from(taken).unwrap_or_default()).collect();
            keep(received, &bytes);
            *length += taken;
            left = left.map(|left| left - taken);
            self.happen("bytes");
        }
        Ok(())
    }

    fn chunks(
        &mut self,
        received: &mut Received,
        most: Option<u64>,
        length: &mut u64,
    ) -> Result<(), String> {
        loop {
            let line = self.line()?;
            let (_, size) = match httparse::parse_chunk_size(format!("{line}\r\n").as_bytes()) {
                Ok(httparse::Status::Complete(size)) => size,
                _ => return Err(format!("`{line}` is no length of a chunk")),
            };
            if size == 0 {
                break;
            }
            self.content(received, Some(size), most, length)?;
            let end = self.line()?;
            if !end.is_empty() {
                return Err("a chunk is longer than its stated size".to_owned());
            }
        }
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(());
            }
            let (name, value) = line.split_once(':').ok_or("a trailer field has no name")?;
            let field = (name.to_ascii_lowercase(), value.trim().to_owned());
            received.trailers.push(field);
        }
    }

    fn line(&mut self) -> Result<String, String> {
        loop {
            if let Some(at) = self.buffer.windows(2).position(|bytes| bytes == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..at + 2).collect();
                return Ok(text(&line[..at]));
            }
            if self.buffer.len() > MAX_HEAD {
                return Err("a line doesn't end".to_owned());
            }
            match self.fill() {
                Ok(true) => {}
                Ok(false) => return Err("it ends between two chunks".to_owned()),
                Err(error) => return Err(reason(&error)),
            }
        }
    }

    /// Whether the connection begins with TLS: a record with a handshake (RFC 8446, 5.1). The record is then read.
    pub fn starts_tls(&mut self) -> bool {
        const HANDSHAKE: u8 = 22;
        const HEAD_LENGTH: usize = 5;
        let mut needed = 1;
        while self.buffer.len() < needed {
            if !matches!(self.fill(), Ok(true)) {
                return false;
            }
            if self.buffer[0] != HANDSHAKE {
                return false;
            }
            needed = match self.buffer.get(3..HEAD_LENGTH) {
                Some(length) => HEAD_LENGTH + usize::from(length[0]) * 256 + usize::from(length[1]),
                None => HEAD_LENGTH,
            };
        }
        self.buffer.clear();
        self.happen("head");
        true
    }

    /// Whether the peer closes the connection instead of sending more.
    pub fn is_closed(&mut self) -> bool {
        self.buffer.is_empty() && !matches!(self.fill(), Ok(true))
    }
}

/// Keeps a part of the content.
pub fn keep(received: &mut Received, bytes: &[u8]) {
    let room = MAX_KEPT.saturating_sub(received.body.len());
    received.body.extend_from_slice(&bytes[..room.min(bytes.len())]);
}

/// Records the length of content that wasn't kept as a whole.
pub fn pad(received: &mut Received, length: u64) {
    if length > received.body.len() as u64 {
        let field = ("(length)".to_owned(), length.to_string());
        received.headers.push(field);
    }
}

pub fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// Returns a text for an error that is the same on every system.
pub fn reason(error: &io::Error) -> String {
    if is_timeout(error) {
        return SILENCE.to_owned();
    }
    "the connection was broken off".to_owned()
}

fn parse_head(head: &[u8], message: Message) -> Received {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut received = Received::default();
    let parsed = if message == Message::Request {
        let mut request = httparse::Request::new(&mut fields);
        request.parse(head).map(|_| {
            received.method = request.method.unwrap_or_default().to_owned();
            received.path = request.path.unwrap_or_default().to_owned();
            received.headers = lower_case(request.headers);
        })
    } else {
        let mut response = httparse::Response::new(&mut fields);
        response.parse(head).map(|_| {
            received.status = response.code;
            received.headers = lower_case(response.headers);
        })
    };
    if let Err(error) = parsed {
        let line = text(head.split(|byte| *byte == b'\r').next().unwrap_or_default());
        received.broken = Some(format!("no HTTP/1.1 ({error}): {line:?}"));
    }
    received
}

fn lower_case(fields: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let fields = fields.iter();
    fields
        .map(|field| (field.name.to_ascii_lowercase(), text(field.value)))
        .collect()
}

/// RFC 9112, 6.3: the length of a message's content.
fn framing(received: &Received, message: Message) -> Result<Framing, String> {
    let is_without = match message {
        Message::Request => false,
        Message::Response { to_head } => {
            to_head || received.status.is_some_and(|status| matches!(status, 204 | 304))
        }
    };
    if is_without {
        return Ok(Framing::None);
    }
    let codings = received.values("transfer-encoding");
    if codings
        .last()
        .is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked"))
    {
        return Ok(Framing::Chunked);
    }
    if let Some(length) = received.values("content-length").first() {
        let length = length.parse().map_err(|_| format!("its length is {length:?}"))?;
        return Ok(Framing::Length(length));
    }
    Ok(if message == Message::Request {
        Framing::None
    } else {
        Framing::UntilClose
    })
}

/// Writes content to a connection, in chunks or as it is.
pub struct Content<'a> {
    pub stream: &'a TcpStream,
    pub is_chunked: bool,
}

impl Writer for Content<'_> {
    fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.is_chunked {
            return self.stream.write_all(bytes);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.stream.write_all(&chunk)
    }

    fn abort(&mut self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}

/// Returns the end of content in chunks.
pub fn last_chunk(trailers: &[(String, String)]) -> Vec<u8> {
    let lines = trailers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    format!("0\r\n{}\r\n", lines.collect::<String>()).into_bytes()
}
