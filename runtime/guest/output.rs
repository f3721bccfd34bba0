//! The output of a component. `witgen serve` writes it to its log, with the member's name.
//!
//! ```ignore
//! use std::io::Write as _;
//!
//! let _ = writeln!(output::stdout(), "asked for {}", request.uri());
//! ```
//!
//! A test reads it with `testing::with().output(…)`. The output of `println!` goes to the test harness instead.

use std::io::{self, Write};

/// Returns the standard output.
///
/// On `wasm32-unknown-unknown` the standard library has none, and what is written is lost.
pub fn stdout() -> impl Write {
    #[cfg(target_arch = "wasm32")]
    {
        io::stdout()
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        Captured(super::testing::Stream::Stdout)
    }
}

/// Returns the standard error output; [`stdout`] describes where it goes.
pub fn stderr() -> impl Write {
    #[cfg(target_arch = "wasm32")]
    {
        io::stderr()
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        Captured(super::testing::Stream::Stderr)
    }
}

/// An output of the host that the test plays.
#[cfg(not(target_arch = "wasm32"))]
struct Captured(super::testing::Stream);

#[cfg(not(target_arch = "wasm32"))]
impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        super::testing::print(self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
