//! Writes content, piece by piece.

use std::io;

use super::super::case::message::{Action, Body, Piece};
use super::super::events::Events;
use super::super::hex;

const PART: usize = 16 << 10;

/// Where content goes.
pub trait Writer {
    /// Writes a part of the content: a chunk, or frames.
    fn content(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Breaks the message off.
    fn abort(&mut self);
}

/// Returns bytes, each of which is its position modulo 251.
pub fn pattern(from: u64, length: usize) -> Vec<u8> {
    const PERIOD: u8 = 251;
    let period: Vec<u8> = (0..PERIOD).collect();
    let mut start = usize::try_from(from % u64::from(PERIOD)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(length);
    // A gibibyte is made in whole periods, not byte by byte.
    while bytes.len() < length {
        let end = period.len().min(start + length - bytes.len());
        bytes.extend_from_slice(&period[start..end]);
        start = 0;
    }
    bytes
}

/// Writes content. `party` is `client`, `origin` or `side`. Returns whether the message must be ended.
pub fn write_pieces(
    body: &Body,
    party: &str,
    events: &Events,
    fill: &dyn Fn(&str) -> String,
    writer: &mut dyn Writer,
) -> io::Result<bool> {
    let pieces = match body {
        Body::Text(text) => return writer.content(fill(text).as_bytes()).map(|()| true),
        Body::Pieces(pieces) => pieces,
    };
    for piece in pieces {
        match piece {
            Piece::Text(text) => writer.content(fill(text).as_bytes())?,
            Piece::Action(Action::Hex(digits)) => {
                writer.content(&hex::decode(digits).unwrap_or_default())?
            }
            Piece::Action(Action::Size(size)) => write_pattern(*size, events, writer)?,
            Piece::Action(Action::Letters(count)) => {
                writer
                    .content("a".repeat(usize::try_from(*count).unwrap_or_default()).as_bytes())?;
            }
            Piece::Action(Action::Fill(size)) => {
                if let Err(error) = write_pattern(*size, events, writer) {
                    if !matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                    ) {
                        return Err(error);
                    }
                    events.happen(&format!("{party}-blocked"));
                    return Ok(false);
                }
            }
            Piece::Action(Action::Pause(milliseconds)) => {
                std::thread::sleep(std::time::Duration::from_millis(*milliseconds));
            }
            Piece::Action(Action::Until(event)) => {
                if !events.wait(event) {
                    writer.abort();
                    return Ok(false);
                }
            }
            Piece::Action(Action::Abort(_)) => {
                writer.abort();
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn write_pattern(size: u64, events: &Events, writer: &mut dyn Writer) -> io::Result<()> {
    let mut at = 0;
    while at < size {
        let length = usize::try_from(size - at).unwrap_or(PART).min(PART);
        writer.content(&pattern(at, length))?;
        events.make_progress();
        at += length as u64;
    }
    Ok(())
}
