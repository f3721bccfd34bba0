//! The program; everything that it does is in the library.

use std::process::ExitCode;
use std::thread;

/// The stack of a program's first thread on Linux and macOS, with which the limits on packages are tested.
const STACK_BYTES: usize = 8 << 20;

fn main() -> ExitCode {
    let run = || witgen::cli::run(std::env::args_os());
    // Windows gives the first thread 1 MiB.
    if cfg!(windows)
        && let Ok(thread) = thread::Builder::new().stack_size(STACK_BYTES).spawn(run)
    {
        // The library turns panics into errors; one that it doesn't turn has printed its message.
        return thread.join().unwrap_or(ExitCode::from(2));
    }
    run()
}
