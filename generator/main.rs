//! The program; everything that it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    witgen::cli::run(std::env::args_os())
}
