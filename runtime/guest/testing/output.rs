//! The output of the code under test.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The standard output and error output of the code under test. Clones are the same output.
///
/// It contains what was written through the module `output`; what `println!` prints goes to the test harness.
///
/// ```ignore
/// let output = testing::Output::default();
/// testing::with().output(&output).run(Stamp::handle(request))?;
/// assert_eq!(output.stdout(), "asked for /\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Output(Arc<Mutex<Written>>);

#[derive(Debug, Default)]
struct Written {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// One of the two outputs.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// The standard output.
    Stdout,
    /// The standard error output.
    Stderr,
}

impl Output {
    /// Returns what was written to the standard output; what isn't Unicode is replaced.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.written().stdout).into_owned()
    }

    /// Returns what was written to the standard error output; what isn't Unicode is replaced.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.written().stderr).into_owned()
    }

    pub(super) fn write(&self, stream: Stream, bytes: &[u8]) {
        let mut written = self.written();
        match stream {
            Stream::Stdout => written.stdout.extend_from_slice(bytes),
            Stream::Stderr => written.stderr.extend_from_slice(bytes),
        }
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
