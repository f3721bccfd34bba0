//! Writes the lines of the log on a thread of its own, so that no request waits for stderr.
//!
//! A busy server logs tens of thousands of lines per second. Waking a thread and a system call for each would cost more than
//! the line, so the thread waits for a moment after the first line, and writes all of them together.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a line waits for others.
const DELAY: Duration = Duration::from_millis(2);
/// The most bytes that wait. If stderr isn't read, further lines are lost.
const MAX_BYTES: usize = 8 << 20;
/// The most bytes of several lines that are written at once: a pipe takes so many without mixing them with those of other programs
/// (POSIX, `PIPE_BUF` on Linux).
const PIECE_BYTES: usize = 4 << 10;
/// A buffer with more room is freed after use.
const MAX_KEPT_BYTES: usize = 256 << 10;
/// How long the end of the process waits for the last lines to be written.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Takes lines, and never waits for them to be written.
#[derive(Clone)]
pub struct Lines(Arc<Shared>);

/// Writes the waiting lines when it is dropped, for at most a second.
pub struct LinesGuard(Lines);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: Vec<u8>,
    is_closed: bool,
    /// Whether everything is written, and the thread has ended.
    has_ended: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a condition holds.
    fn wait_while(&self, condition: impl Fn(&Waiting) -> bool) -> MutexGuard<'_, Waiting> {
        let waiting = self.changed.wait_while(self.lock(), |waiting| condition(waiting));
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// Starts to write lines to `output`, until the guard is dropped.
    ///
    /// # Errors
    ///
    /// If the system has no thread for it.
    pub fn start(mut output: impl Write + Send + 'static) -> io::Result<(Self, LinesGuard)> {
        let lines = Lines(Arc::default());
        let shared = lines.0.clone();
        let writer = thread::Builder::new().name("log".to_owned());
        writer.spawn(move || {
            let mut text = Vec::new();
            while shared.take(&mut text) {
                // An error of the log can't be logged.
                let _ = write_lines(&mut output, &text);
            }
            shared.lock().has_ended = true;
            shared.changed.notify_all();
        })?;
        Ok((lines.clone(), LinesGuard(lines)))
    }
}

/// Writes lines, as many at once as a pipe takes.
fn write_lines(output: &mut impl Write, mut text: &[u8]) -> io::Result<()> {
    while !text.is_empty() {
        let (piece, rest) = text.split_at(piece_length(text));
        write_piece(output, piece)?;
        text = rest;
    }
    Ok(())
}

/// Returns the length of the whole lines that are written at once, or of a single longer line.
fn piece_length(text: &[u8]) -> usize {
    let is_end = |byte: &u8| *byte == b'\n';
    if text.len() <= PIECE_BYTES {
        return text.len();
    }
    let end = text[..PIECE_BYTES].iter().rposition(is_end);
    end.or_else(|| text.iter().position(is_end)).map_or(text.len(), |end| end + 1)
}

/// Writes all bytes, also to an output that another program has set to fail instead of waiting.
fn write_piece(output: &mut impl Write, mut piece: &[u8]) -> io::Result<()> {
    while !piece.is_empty() {
        match output.write(piece) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => piece = &piece[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(DELAY),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Shared {
    /// Waits for lines and takes them; returns whether there are some, or false at the end.
    fn take(&self, text: &mut Vec<u8>) -> bool {
        text.clear();
        text.shrink_to(MAX_KEPT_BYTES);
        let is_idle = |waiting: &Waiting| waiting.text.is_empty() && !waiting.is_closed;
        let is_closed = self.wait_while(is_idle).is_closed;
        if !is_closed {
            thread::sleep(DELAY);
        }
        mem::swap(&mut self.lock().text, text);
        !text.is_empty()
    }
}

impl Write for Lines {
    /// Takes a line, or loses it if too many wait.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        if waiting.text.len() + line.len() <= MAX_BYTES {
            let was_empty = waiting.text.is_empty();
            waiting.text.extend_from_slice(line);
            drop(waiting);
            if was_empty {
                self.0.changed.notify_all();
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LinesGuard {
    fn drop(&mut self) {
        let shared = &self.0.0;
        shared.lock().is_closed = true;
        shared.changed.notify_all();
        let ended = shared
            .changed
            .wait_timeout_while(shared.lock(), CLOSE_TIMEOUT, |waiting| !waiting.has_ended);
        // Late lines are lost.
        drop(ended);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use pretty_assertions::assert_eq;

    use super::*;

    /// Sends what is written.
    struct Sink(mpsc::Sender<Vec<u8>>);

    impl Write for Sink {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.send(text.to_vec()).map_err(io::Error::other)?;
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// An output without a reader.
    struct Full(mpsc::Receiver<()>);

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(io::Error::other)?;
            Ok(0)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_in_order_and_together() {
        let (sink, written) = mpsc::channel();
        let (lines, guard) = Lines::start(Sink(sink)).unwrap();
        let expected: Vec<String> = (0..1000).map(|at| format!("line {at}\n")).collect();
        for line in &expected {
            lines.clone().write_all(line.as_bytes()).unwrap();
        }
        drop(guard);
        let written: Vec<_> = written.try_iter().collect();
        assert!(written.len() < 100, "{} system calls", written.len());
        assert_eq!(
            String::from_utf8(written.concat()).unwrap(),
            expected.concat()
        );
    }

    /// An output that takes a part, and then has no room for a while.
    struct Busy(Vec<u8>, bool);

    impl Write for Busy {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let length = text.len().min(1000);
            self.0.extend_from_slice(&text[..length]);
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn whole_lines_are_written_at_once_as_far_as_a_pipe_takes_them() {
        let lines = [
            vec![b'a'; 3000],
            vec![b'b'; 1000],
            vec![b'c'; 200],
            vec![b'd'; 9000],
        ];
        let text = [lines.join(&b'\n'), b"\ne\n".to_vec()].concat();
        let (sink, written) = mpsc::channel();
        write_lines(&mut Sink(sink), &text).unwrap();
        let written: Vec<_> = written.try_iter().collect();
        let lengths: Vec<_> = written.iter().map(Vec::len).collect();
        assert_eq!(lengths, [4002, 201, 9001, 2]);
        assert_eq!(written.concat(), text);
    }

    #[test]
    fn an_output_that_has_no_room_for_a_while_loses_nothing() {
        let text = "a line\n".repeat(1000).into_bytes();
        let mut output = Busy(Vec::new(), false);
        write_lines(&mut output, &text).unwrap();
        assert_eq!(output.0, text);
    }

    #[test]
    fn a_line_is_written_without_others() {
        let (sink, written) = mpsc::channel();
        let (mut lines, _guard) = Lines::start(Sink(sink)).unwrap();
        for line in ["first\n", "second\n"] {
            lines.write_all(line.as_bytes()).unwrap();
            let text = written.recv_timeout(Duration::from_secs(30)).unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), line);
        }
    }

    #[test]
    fn an_output_without_a_reader_holds_nothing_up() {
        let (_reader, full) = mpsc::channel();
        let (mut lines, guard) = Lines::start(Full(full)).unwrap();
        let line = vec![b'x'; 1 << 20];
        for _ in 0..100 {
            lines.write_all(&line).unwrap();
        }
        assert!(lines.0.lock().text.len() <= MAX_BYTES);
        // This takes a second, and no longer.
        drop(guard);
    }
}
