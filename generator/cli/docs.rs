//! `witgen docs`: the specification as Markdown pages.

use std::mem;

use clap::Args;

use super::shared::{Out, PackageArgument, setting};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::config;
use crate::emit::docs;
use crate::model;
use crate::project::{Project, docs_findings, docs_options};
use crate::source::Features;

/// The directory that pages are written into.
const DEFAULT_FOLDER: &str = "spec";

/// Write the specification: Markdown pages, one an interface and one a world, with an index.
///
/// All items are shown, those that `@unstable` gates with their feature; --features leaves out the
/// features that it doesn't name. Names in the documentation that look like items and are none, and
/// links within it that lead nowhere, are findings: the pages are written, and the exit status is 1.
/// Settings that no option gives are those of `[docs]` in witgen.toml.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen docs
  witgen docs api.wit --out target/spec
  witgen docs --deps --book && mdbook build spec
  witgen docs --source-url 'https://example.com/repo/blob/main/{file}#L{line}'")]
pub(super) struct Docs {
    #[command(flatten)]
    package: PackageArgument,
    /// Make pages of the dependencies too, under `deps/`
    #[arg(long, overrides_with = "no_deps")]
    deps: bool,
    /// Make no pages of the dependencies, whatever witgen.toml says
    #[arg(long)]
    no_deps: bool,
    /// Where the pages of dependencies are that have none here: an address with {namespace}, {name},
    /// {version}, {page} and {anchor} in it; empty for no links  [default: on wa.dev]
    #[arg(long, value_name = "URL")]
    deps_url: Option<String>,
    /// Where lines of the source are: an address with {file} and {line} in it; empty for no links
    /// [default: the files, by a relative path]
    #[arg(long, value_name = "URL")]
    source_url: Option<String>,
    /// Add what mdBook needs; the pages link to no source files then, unless --source-url says where
    #[arg(long, overrides_with = "no_book")]
    book: bool,
    /// Add nothing for mdBook, whatever witgen.toml says
    #[arg(long, conflicts_with = "mermaid")]
    no_book: bool,
    /// Where the book takes Mermaid from, to draw diagrams: an address, or a path from the book's root;
    /// implies --book  [default: jsdelivr.net]
    #[arg(long, value_name = "URL")]
    mermaid: Option<String>,
    #[command(flatten)]
    out: Out,
}

impl Docs {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let wit = self.package.wit();
        let manifest = wit.manifest()?;
        let project = manifest.as_ref().filter(|it| it.is_about(wit.wit.as_deref()));
        let features = project.map_or(Features::All, Project::shown_features);
        let package = wit.load_here_or(features, shell)?;
        let settings = self.settings(project);
        let out = self.out.dir(project, &settings.out);
        let options = docs_options(&settings, &out, package.source());
        let model = model::describe(&package);
        // A large package's arenas take as much room as its pages, and a while to give back.
        let arenas = std::thread::spawn(move || drop(package));
        let pages = docs::pages(&model, &options);
        let _ = arenas.join();
        let findings = docs_findings(project, &model, pages.findings)?;
        let outputs = [(out, pages.files)];
        let status = self.out.apply(&outputs, manifest.as_ref(), shell)?;
        shell.report(&findings);
        let status = match Status::of(&findings) {
            Status::Fine => status,
            found => found,
        };
        // The process ends here: giving back a large model piece by piece would take a while.
        mem::forget((model, outputs));
        Ok(status)
    }

    /// Returns what the options say, and for the rest what the manifest says.
    fn settings(&self, project: Option<&Project>) -> config::Docs {
        let configured = project.and_then(|project| project.config().docs.clone());
        let base = configured.unwrap_or_else(|| config::Docs::at(DEFAULT_FOLDER));
        let book = self.book || self.mermaid.is_some();
        config::Docs {
            deps: setting(self.deps, self.no_deps, base.deps),
            deps_url: self.deps_url.clone().or(base.deps_url),
            source_url: self.source_url.clone().or(base.source_url),
            book: setting(book, self.no_book, base.book),
            mermaid: self.mermaid.clone().or(base.mermaid),
            out: base.out,
        }
    }
}
