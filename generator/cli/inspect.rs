//! `witgen inspect`: the model, for people or as JSON.

use clap::Args;

use super::shared::{Wit, json};
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::model::{self, describe};

/// Print a package, or one of its items, as a tree or as JSON.
///
/// docs/model.md describes the JSON.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen inspect
  witgen inspect types.error-code
  witgen inspect request.consume-body --format json
  witgen inspect --wit proxy.wasm")]
pub(super) struct Inspect {
    /// The item: `types`, `types.request`, `request.get-method`, `wasi:clocks/types.duration`
    item: Option<String>,
    #[command(flatten)]
    wit: Wit,
}

impl Inspect {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let as_json = match shell.format {
            Format::Human => false,
            Format::Json => true,
            Format::Github | Format::Sarif | Format::Markdown => {
                return Err(no_such_format().into());
            }
        };
        let model = describe(&self.wit.load(shell)?);
        let item = self.item.as_deref().map(|name| model.find(name));
        let text = match (item.transpose()?, as_json) {
            (None, false) => model::tree::render(&model),
            (Some(item), false) => model::tree::render_item(&item, &model),
            (None, true) => json(&model),
            (Some(item), true) => json(&item),
        };
        shell.print(&text)?;
        Ok(Status::Fine)
    }
}

fn no_such_format() -> Diagnostic {
    Diagnostic::error(
        codes::NO_SUCH_FORMAT,
        "a model is shown for people or as JSON; the other formats are for findings",
    )
    .at(Place::argument("--format"))
    .help("leave out --format, or pass --format json")
}
