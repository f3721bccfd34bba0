//! `witgen docs`: the specification as Markdown pages.

use std::mem;
use std::path::PathBuf;

use clap::Args;

use super::shared::{Out, PackageArgument, setting};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::config;
use crate::emit::docs;
use crate::model;
use crate::project::{Project, docs_findings, docs_options, require_known_examples};
use crate::source::Features;

/// The directory that pages are written into.
const DEFAULT_FOLDER: &str = "spec";

/// Write the specification of a package as Markdown pages.
///
/// There is one page per world, one page per interface, and an index. All items are shown with their gates;
/// --features leaves out items of other features. Broken links, and names in backticks that look like items but don't
/// exist, are findings: the pages are written, and the exit status is 1. Other settings are those of `[docs]` in
/// witgen.toml.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen docs
  witgen docs api.wit --out target/spec
  witgen docs --deps --book && mdbook build spec
  witgen docs --source-url 'https://example.com/repo/blob/main/{file}#L{line}'")]
pub(super) struct Docs {
    #[command(flatten)]
    package: PackageArgument,
    /// Also write pages of the dependencies, to `deps/`
    #[arg(long, overrides_with = "no_deps")]
    deps: bool,
    /// Write no pages of the dependencies, even if witgen.toml enables them
    #[arg(long)]
    no_deps: bool,
    /// The address of pages of the dependencies [default: on wa.dev]
    ///
    /// It contains {namespace}, {name}, {version}, {page} and {anchor}. If it is empty, there are no links.
    #[arg(long, value_name = "URL")]
    deps_url: Option<String>,
    /// The address of lines of the source [default: the files, by a relative path]
    ///
    /// It contains {file} and {line}. If it is empty, there are no links.
    #[arg(long, value_name = "URL")]
    source_url: Option<String>,
    /// Add the files that mdBook needs; without --source-url, leave out links to source files
    #[arg(long, overrides_with = "no_book")]
    book: bool,
    /// Leave out the files for mdBook, even if witgen.toml enables them
    #[arg(long, conflicts_with = "mermaid")]
    no_book: bool,
    /// The address of Mermaid, which draws the book's diagrams [default: jsdelivr.net]
    ///
    /// It can be a path from the book's root. Implies --book.
    #[arg(long, value_name = "URL")]
    mermaid: Option<String>,
    /// Show the examples of this directory of Rust files
    ///
    /// An example is the code between `// ANCHOR: NAME` and `// ANCHOR_END: NAME`, where NAME is the anchor of an item,
    /// such as types.request.get-method.
    #[arg(long, value_name = "DIR")]
    examples: Option<PathBuf>,
    /// Report functions without an example, with exit status 1
    #[arg(long)]
    require_examples: bool,
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
        let mut options = docs_options(&settings, &out, package.source());
        let model = model::describe(&package);
        if let Some(project) = project {
            options.changes = project.docs_changes(&settings, &model, &options)?;
        }
        options.examples = self.examples(project, &settings)?;
        require_known_examples(&model, &options, package.source())?;
        // A large package's arenas take as much room as its pages, and a while to give back.
        let arenas = std::thread::spawn(move || drop(package));
        let pages = docs::pages(&model, &options);
        let _ = arenas.join();
        let mut findings = docs_findings(project, &model, pages.findings)?;
        if self.require_examples {
            findings.extend(docs::missing_examples(&model, &options));
        }
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

    /// Returns the examples of the option, or else of the manifest.
    fn examples(
        &self,
        project: Option<&Project>,
        settings: &config::Docs,
    ) -> Outcome<docs::Examples> {
        Ok(match (&self.examples, project) {
            (Some(folder), _) => docs::Examples::read(folder)?,
            (None, Some(project)) => project.docs_examples(settings)?,
            (None, None) => docs::Examples::default(),
        })
    }

    /// Returns the settings of the options, or else of the manifest.
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
            changes: base.changes,
            examples: base.examples,
            out: base.out,
        }
    }
}
