//! A client of HTTP/2 (RFC 9113) with one stream, on a connection with prior knowledge.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, PoisonError};

use loona_hpack::{Decoder, Encoder};

use super::super::events::Events;
use super::http1::{keep, pad, reason};
use super::{Received, Writer, text};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const STREAM: u32 = 1;
const MAX_FRAME: usize = 16 << 10;
/// RFC 9113, 6.9.2: the window before any settings arrive.
const FIRST_WINDOW: i64 = 65_535;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;

const CANCEL: u32 = 8;

/// A connection, which one thread writes to and another reads from.
pub struct Connection<'a> {
    stream: &'a TcpStream,
    events: &'a Events,
    writing: Mutex<()>,
    windows: Mutex<Windows>,
    changed: Condvar,
}

struct Windows {
    connection: i64,
    stream: i64,
    initial: i64,
    /// Nothing more can be sent.
    is_over: bool,
}

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl<'a> Connection<'a> {
    /// Begins a connection.
    pub fn new(stream: &'a TcpStream, events: &'a Events) -> io::Result<Self> {
        let connection = Connection {
            stream,
            events,
            writing: Mutex::default(),
            windows: Mutex::new(Windows {
                connection: FIRST_WINDOW,
                stream: FIRST_WINDOW,
                initial: FIRST_WINDOW,
                is_over: false,
            }),
            changed: Condvar::new(),
        };
        (&*connection.stream).write_all(PREFACE)?;
        connection.send(SETTINGS, 0, 0, &[])?;
        Ok(connection)
    }

    fn send(&self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags];
        frame.extend_from_slice(&stream.to_be_bytes());
        frame.extend_from_slice(payload);
        let _lock = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = self.stream;
        stream.write_all(&frame)
    }

    /// Sends header or trailer fields.
    pub fn fields(&self, fields: &[(String, String)], is_end: bool) -> io::Result<()> {
        let pairs = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let block = Encoder::new().encode(pairs);
        let end = if is_end { END_STREAM } else { 0 };
        let mut parts = block.chunks(MAX_FRAME).peekable();
        let first = parts.next().unwrap_or_default();
        let last = |is_last: bool| if is_last { END_HEADERS } else { 0 };
        self.send(HEADERS, end | last(parts.peek().is_none()), STREAM, first)?;
        while let Some(part) = parts.next() {
            self.send(CONTINUATION, last(parts.peek().is_none()), STREAM, part)?;
        }
        Ok(())
    }

    /// Ends the content.
    pub fn end(&self) -> io::Result<()> {
        self.send(DATA, END_STREAM, STREAM, &[])
    }

    /// Takes room for content from both windows, waiting for some.
    fn room(&self, wanted: usize) -> io::Result<usize> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if windows.is_over {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let room = windows.connection.min(windows.stream);
            if let Ok(room) = usize::try_from(room)
                && room > 0
            {
                let taken = room.min(wanted).min(MAX_FRAME);
                windows.connection -= taken as i64;
                windows.stream -= taken as i64;
                return Ok(taken);
            }
            let timeout = self.stream.write_timeout()?.unwrap_or(self.events.timeout());
            let waited = self.changed.wait_timeout(windows, timeout);
            let (after, result) = waited.unwrap_or_else(PoisonError::into_inner);
            windows = after;
            if result.timed_out() {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }

    fn change_windows(&self, change: impl FnOnce(&mut Windows)) {
        change(&mut self.windows.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Reads the response. Before `read_after` has happened, the server gets no further room for content.
    pub fn response(&self, read_after: Option<&str>) -> Received {
        let received = self.read_response(read_after);
        self.change_windows(|windows| windows.is_over = true);
        received
    }

    fn read_response(&self, read_after: Option<&str>) -> Received {
        let mut received = Received::default();
        let mut decoder = Decoder::new();
        let mut length = 0;
        let mut block = Vec::new();
        let mut ends_after_block = false;
        loop {
            let frame = match self.frame() {
                Ok(frame) => frame,
                Err(error) => {
                    received.broken = Some(reason(&error));
                    break;
                }
            };
            match frame.kind {
                SETTINGS if frame.flags & ACK == 0 => {
                    self.apply_settings(&frame.payload);
                    let _ = self.send(SETTINGS, ACK, 0, &[]);
                }
                PING if frame.flags & ACK == 0 => {
                    let _ = self.send(PING, ACK, 0, &frame.payload);
                }
                WINDOW_UPDATE => {
                    let more = i64::from(number(&frame.payload) & 0x7fff_ffff);
                    self.change_windows(|windows| match frame.stream {
                        0 => windows.connection += more,
                        _ => windows.stream += more,
                    });
                }
                GOAWAY => {
                    // RFC 9113, 6.8: streams up to this one may still be finished.
                    let last = number(&frame.payload) & 0x7fff_ffff;
                    if last < STREAM {
                        received.broken = Some("the connection was refused".to_owned());
                        break;
                    }
                }
                RST_STREAM if frame.stream == STREAM => {
                    let code = number(&frame.payload);
                    // RFC 9113, 8.1: NO_ERROR after a complete response requests the sender to stop.
                    received.broken = Some(format!("the stream was reset with code {code}"));
                    break;
                }
                HEADERS | CONTINUATION if frame.stream == STREAM => {
                    if frame.kind == HEADERS {
                        ends_after_block = frame.flags & END_STREAM != 0;
                    }
                    block.extend_from_slice(content_of(&frame));
                    if frame.flags & END_HEADERS == 0 {
                        continue;
                    }
                    if let Err(error) = self.read_fields(&mut decoder, &block, &mut received) {
                        received.broken = Some(error);
                        break;
                    }
                    block.clear();
                    if ends_after_block {
                        self.events.happen("response-end");
                        break;
                    }
                }
                DATA if frame.stream == STREAM => {
                    let content = content_of(&frame);
                    if !content.is_empty() {
                        if length == 0
                            && let Some(event) = read_after
                        {
                            self.events.wait(event);
                        }
                        keep(&mut received, content);
                        length += content.len() as u64;
                        self.events.happen("response-bytes");
                        let more = u32::try_from(frame.payload.len()).unwrap_or(0).to_be_bytes();
                        let _ = self.send(WINDOW_UPDATE, 0, 0, &more);
                        let _ = self.send(WINDOW_UPDATE, 0, STREAM, &more);
                    }
                    if frame.flags & END_STREAM != 0 {
                        self.events.happen("response-end");
                        break;
                    }
                }
                _ => {}
            }
        }
        pad(&mut received, length);
        received
    }

    /// Reads the fields of the head or of the trailers.
    fn read_fields(
        &self,
        decoder: &mut Decoder<'_>,
        block: &[u8],
        received: &mut Received,
    ) -> Result<(), String> {
        let fields = decoder.decode(block).map_err(|error| format!("no HPACK: {error:?}"))?;
        let fields: Vec<_> = fields.iter().map(|(name, value)| (text(name), text(value))).collect();
        if received.status.is_some() {
            received.trailers = fields;
            return Ok(());
        }
        let status = fields.iter().find(|(name, _)| name == ":status");
        let status = status.and_then(|(_, value)| value.parse::<u16>().ok());
        let status = status.ok_or("the response has no `:status`")?;
        if status >= 200 {
            received.status = Some(status);
            received.headers = fields.into_iter().filter(|(it, _)| !it.starts_with(':')).collect();
            self.events.happen("response-head");
        }
        Ok(())
    }

    fn apply_settings(&self, payload: &[u8]) {
        const INITIAL_WINDOW_SIZE: u16 = 4;
        for setting in payload.chunks_exact(6) {
            let id = u16::from_be_bytes([setting[0], setting[1]]);
            if id == INITIAL_WINDOW_SIZE {
                let size = i64::from(number(&setting[2..]));
                self.change_windows(|windows| {
                    windows.stream += size - windows.initial;
                    windows.initial = size;
                });
            }
        }
    }

    fn frame(&self) -> io::Result<Frame> {
        let mut stream = self.stream;
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload)?;
        Ok(Frame {
            kind: head[3],
            flags: head[4],
            stream: number(&head[5..]) & 0x7fff_ffff,
            payload,
        })
    }
}

/// Returns a frame's content without padding and priority.
fn content_of(frame: &Frame) -> &[u8] {
    let mut content = frame.payload.as_slice();
    if frame.flags & PADDED != 0
        && let Some((&padding, rest)) = content.split_first()
    {
        content = &rest[..rest.len().saturating_sub(usize::from(padding))];
    }
    if frame.kind == HEADERS && frame.flags & PRIORITY != 0 {
        content = content.get(5..).unwrap_or_default();
    }
    content
}

fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

impl Writer for &Connection<'_> {
    fn content(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = self.room(bytes.len())?;
            let (part, rest) = bytes.split_at(room);
            self.send(DATA, 0, STREAM, part)?;
            bytes = rest;
        }
        Ok(())
    }

    fn abort(&mut self) {
        let _ = self.send(RST_STREAM, 0, STREAM, &CANCEL.to_be_bytes());
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
