//! Writes the lines of a busy server together.

use std::io::{self, BufWriter, Write};
use std::thread;
use std::time::Duration;

/// How long further lines wait after some have been written.
const PAUSE: Duration = Duration::from_millis(1);

/// Writes lines when it is flushed, and then pauses. The lines that are logged meanwhile are written together: to wake a thread for
/// each line takes longer than to write it.
///
/// It blocks, so it belongs into a thread of its own.
pub struct Paced<W: Write>(BufWriter<W>);

impl<W: Write> Paced<W> {
    pub fn new(writer: W) -> Self {
        Paced(BufWriter::new(writer))
    }
}

impl<W: Write> Write for Paced<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        thread::sleep(PAUSE);
        Ok(())
    }
}
