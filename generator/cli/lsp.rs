//! `witgen lsp`: a language server for editors.

use clap::Args;
use lsp_server::Connection;

use super::registries::RegistryArgs;
use super::shell::Outcome;
use super::status::Status;
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::lsp;

/// Run the language server for WIT.
///
/// The server exchanges messages of the Language Server Protocol over standard input and output. `docs/editors.md`
/// describes the settings of editors.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen lsp
  witgen lsp --offline")]
pub(super) struct Lsp {
    /// Accepted because some editors pass it; the server always uses standard input and output
    #[arg(long, hide = true)]
    stdio: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

impl Lsp {
    pub fn exec(self) -> Outcome<Status> {
        let (connection, threads) = Connection::stdio();
        let failed = |why: String| {
            Diagnostic::error(
                codes::EDITOR_CONNECTION,
                format!("the editor's connection failed: {why}"),
            )
            .at(Place::argument("witgen lsp"))
            .help("an editor starts this command, and speaks the Language Server Protocol with it")
        };
        let is_shut_down = lsp::run(&connection, &self.registries.registries()?)
            .map_err(|error| failed(error.to_string()))?;
        drop(connection);
        threads.join().map_err(|error| failed(error.to_string()))?;
        // The protocol wants it so: 1 if the client exits without a shutdown.
        Ok(if is_shut_down {
            Status::Fine
        } else {
            Status::Findings
        })
    }
}
