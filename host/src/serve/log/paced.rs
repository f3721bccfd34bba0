//! Writes the lines of a busy server together.

use std::io::{self, BufWriter, Write};
use std::thread;
use std::time::Duration;

/// How long further lines wait after some have been written.
const PAUSE: Duration = Duration::from_millis(1);

/// Writes lines when it is flushed, and then pauses. The lines that are logged meanwhile are written together: to wake a thread for
/// each line takes longer than to write it.
///
/// It blocks, so it needs a thread of its own. It ignores errors: the log, where they would be reported, is what failed.
pub struct Paced<W: Write>(BufWriter<W>);

impl<W: Write> Paced<W> {
    pub fn new(writer: W) -> Self {
        Paced(BufWriter::new(writer))
    }
}

impl<W: Write> Write for Paced<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        Ok(self.0.write(line).unwrap_or(line.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        thread::sleep(PAUSE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::time::Instant;

    use pretty_assertions::assert_eq;

    use super::*;

    /// Sends what is written.
    struct Sent(Sender<String>);

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .send(String::from_utf8_lossy(bytes).into_owned())
                .map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_together_and_a_pause_follows() {
        let (sender, received) = channel();
        let mut paced = Paced::new(Sent(sender));
        for line in ["one\n", "two\n", "three\n"] {
            paced.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(received.try_iter().count(), 0);
        let begin = Instant::now();
        paced.flush().unwrap();
        assert!(begin.elapsed() >= PAUSE);
        let written: Vec<_> = received.try_iter().collect();
        assert_eq!(written, ["one\ntwo\nthree\n"]);
    }

    #[test]
    fn a_pause_also_follows_lines_that_cannot_be_written() {
        let (sender, received) = channel();
        drop(received);
        let mut paced = Paced::new(Sent(sender));
        paced.write_all(&[b'x'; 100_000]).unwrap();
        paced.write_all(b"line\n").unwrap();
        let begin = Instant::now();
        paced.flush().unwrap();
        assert!(begin.elapsed() >= PAUSE);
    }
}
