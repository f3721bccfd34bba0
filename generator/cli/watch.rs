//! `witgen watch`: keeps everything made.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::registries::RegistryArgs;
use super::shared::report_changes;
use super::shell::{Outcome, Shell, counted};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::project::{Event, Watch};

/// Write the outputs of `witgen.toml` whenever the package changes.
///
/// If the WIT is invalid, the command shows the error, keeps the last outputs, and continues when the WIT is valid
/// again. Ctrl-C stops it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen watch
  witgen -C packages/store watch")]
pub(super) struct WatchCommand {
    #[command(flatten)]
    registries: RegistryArgs,
}

impl WatchCommand {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let watch = Watch::new(Path::new("."), self.registries.registries()?)?;
        let stop = watch.stop();
        ctrlc::set_handler(move || stop.stop()).map_err(|error| {
            Diagnostic::error(
                codes::CANNOT_WATCH,
                format!("cannot listen for Ctrl-C: {error}"),
            )
            .at(Place::argument("watch"))
        })?;
        shell.note("watching; Ctrl-C ends it");
        let mut last: Vec<Diagnostic> = Vec::new();
        watch.run(|event| {
            let current = match event {
                Event::Made {
                    plans,
                    findings,
                    took,
                } => {
                    let changes: usize =
                        plans.iter().map(|(dir, plan)| report_changes(plan, dir, shell)).sum();
                    if changes > 0 {
                        shell.note(&format!("{} in {}", counted(changes, "file"), shown(took)));
                    } else if !last.is_empty() && findings.is_empty() {
                        shell.note("everything is up to date again");
                    }
                    findings
                }
                Event::Failed(failure) => failure.into_diagnostics(),
            };
            // Unchanged findings aren't shown again.
            if current != last {
                shell.report_check(&current);
                // If the reader has closed the pipe, watching continues.
                let _ = shell.end_report();
                last = current;
            }
        });
        shell.note("stopped");
        Ok(Status::Fine)
    }
}

fn shown(took: Duration) -> String {
    format!("{} ms", took.as_millis().max(1))
}
