//! `witgen compile`: compiles a chain ahead of its first start, by the program `witgen-serve`.

use std::ffi::OsString;

use clap::Args;

use super::global::Global;
use super::serve;
use super::shell::{Outcome, Shell};
use super::status::Status;

/// Compile components in advance, so that `serve` starts faster.
///
/// This runs the program `witgen-serve`, which is next to `witgen` or on the PATH. Pass the arguments of `witgen
/// serve`, which `witgen serve --help` lists. Compiled code depends on the processor, and on options that limit memory.
#[derive(Args, Debug)]
#[command(
    disable_version_flag = true,
    override_usage = "witgen compile [OPTIONS] <[NAME=]FILE|REF>...",
    after_help = "Examples:
  witgen compile gate.wasm stamp.wasm hello.wasm
  witgen compile gate.wasm --origin http://127.0.0.1:3000 --code-cache /var/cache/witgen"
)]
pub(super) struct Compile {
    /// The members, and further options of `witgen serve`
    #[arg(
        value_name = "ARGUMENTS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    arguments: Vec<OsString>,
}

impl Compile {
    pub fn exec(self, global: &Global, shell: &mut Shell) -> Outcome<Status> {
        serve::run_program(&["--compile-only"], &self.arguments, global, shell)
    }
}
