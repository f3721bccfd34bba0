//! `witgen docs`: the specification as Markdown pages.

use std::mem;
use std::path::PathBuf;

use clap::Args;

use super::shared::{Out, Wit};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::emit::docs::{self, Book, DEPENDENCY_URL, MERMAID, Options, SourceLinks};
use crate::model;
use crate::source::Features;

/// The directory that pages are written into.
const DEFAULT_FOLDER: &str = "spec";

/// Write the specification: Markdown pages, one an interface and one a world, with an index.
///
/// All items are shown, those that `@unstable` gates with their feature; --features leaves out the
/// features that it doesn't name. Names in the documentation that look like items and are none, and
/// links within it that lead nowhere, are findings: the pages are written, and the exit status is 1.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen docs
  witgen docs --wit api.wit --out target/spec
  witgen docs --deps --book && mdbook build spec
  witgen docs --source-url 'https://example.com/repo/blob/main/{file}#L{line}'")]
pub(super) struct Docs {
    #[command(flatten)]
    wit: Wit,
    /// Make pages of the dependencies too, under `deps/`
    #[arg(long)]
    deps: bool,
    /// Where the pages of dependencies are that have none here: an address with {namespace}, {name},
    /// {version}, {page} and {anchor} in it; empty for no links
    #[arg(long, value_name = "URL", default_value = DEPENDENCY_URL)]
    deps_url: String,
    /// Where lines of the source are: an address with {file} and {line} in it; empty for no links
    /// [default: the files, by a relative path]
    #[arg(long, value_name = "URL")]
    source_url: Option<String>,
    /// Add what mdBook needs; the pages link to no source files then, unless --source-url says where
    #[arg(long)]
    book: bool,
    /// Where the book takes Mermaid from, to draw diagrams: an address, or a path from the book's root
    #[arg(long, value_name = "URL", default_value = MERMAID, requires = "book")]
    mermaid: String,
    #[command(flatten)]
    out: Out,
}

impl Docs {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let package = self.wit.load_or(Features::All, shell)?;
        let out = self.out.out.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FOLDER));
        let options = Options {
            dependencies: self.deps,
            source: SourceLinks::of(
                self.source_url.as_deref(),
                &out,
                package.source(),
                self.book,
            ),
            book: self.book.then(|| Book {
                mermaid: self.mermaid.clone(),
            }),
            dependency_url: self.deps_url.clone(),
        };
        let model = model::describe(&package);
        // A large package's arenas take as much room as its pages, and a while to give back.
        let arenas = std::thread::spawn(move || drop(package));
        let pages = docs::pages(&model, &options);
        let _ = arenas.join();
        let status = self.out.apply(&pages.files, DEFAULT_FOLDER, shell)?;
        shell.report(&pages.findings);
        let status = if pages.findings.is_empty() {
            status
        } else {
            Status::Findings
        };
        // The process ends here: giving back a large model piece by piece would take a while.
        mem::forget((model, pages));
        Ok(status)
    }
}
