//! `witgen publish`: a package or a component, into a registry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use askama::Template;
use clap::Args;
use serde::Serialize;

use super::registries::RegistryArgs;
use super::shared::{json, read};
use super::shell::{Format, Outcome, Shell, counted};
use super::status::Status;
use crate::config::{FILE, metadata};
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::emit::docs;
use crate::fileset::FileSet;
use crate::locate;
use crate::model::describe;
use crate::project::Project;
use crate::registry::{
    Artifact, Metadata, Publication, PublishOptions, Reference, Registries, State, Step, Verdict,
    publish,
};
use crate::source::{self, Package};

/// Publish the package, or a component, and print where it is and its digest.
///
/// The package is checked first, as `witgen check` does it, then encoded with its documentation and gates,
/// uploaded, and read again. A published version never changes: the same contents again are fine, others
/// are refused. Its number must allow what has changed since the version before. Which registry takes it
/// says wkg's configuration; without any, it is a directory on this machine.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen publish --dry-run
  witgen publish --docs
  witgen publish chain.wasm --package acme:chain@1.0.0
  witgen publish --registry ./registry")]
pub(super) struct Publish {
    /// A component, or an encoded package, to publish as it is instead of the package that is here
    file: Option<PathBuf>,
    /// The package: a directory or a `.wit` file  [default: the one that other commands take here]
    #[arg(long, value_name = "PATH", conflicts_with = "file")]
    wit: Option<String>,
    /// The name and version of the component
    #[arg(long, value_name = "NAME@VERSION", requires = "file")]
    package: Option<String>,
    /// Do all but upload, and show what would be
    #[arg(long)]
    dry_run: bool,
    /// Attach the specification pages
    #[arg(long, conflicts_with = "file")]
    docs: bool,
    /// Publish without `witgen check`
    #[arg(long)]
    no_check: bool,
    /// Publish changes that the version doesn't allow
    #[arg(long)]
    allow_breaking: bool,
    /// Publish a pre-release, such as 0.4.0-rc.1
    #[arg(long)]
    allow_prerelease: bool,
    /// Publish a version with build metadata, such as 0.4.0+5
    #[arg(long)]
    allow_build: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// What would be published, for people.
#[derive(Template)]
#[template(path = "publish/dry_run.txt", escape = "none")]
struct DryRun<'a> {
    reference: String,
    address: &'a str,
    already: bool,
    size: usize,
    digest: String,
    previous: Option<String>,
    pages: Option<usize>,
    annotations: &'a BTreeMap<String, String>,
}

/// What was published, or would be, for programs.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    package: String,
    reference: &'a str,
    /// By which others pull it.
    digest: Option<&'a str>,
    contents: String,
    size: usize,
    state: &'static str,
    previous: Option<String>,
    docs: Option<&'a str>,
    annotations: &'a BTreeMap<String, String>,
}

impl Publish {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let registries = self.registries.registries();
        let (artifact, docs) = match &self.file {
            Some(file) => {
                let contents = read(file, "name a component, or an encoded package")?;
                let given = self.package.as_deref().map(str::parse::<Reference>).transpose()?;
                let artifact = Artifact::of_wasm(contents, given)
                    .map_err(|error| error.at(Place::path(file)))?;
                (artifact, None)
            }
            None => {
                let manifest = Project::open(Path::new("."))?;
                // What witgen.toml says is about the package that it names.
                let project = manifest.filter(|it| it.is_about(self.wit.as_deref()));
                let project = project.map(|it| it.with_registries(registries.clone()));
                if !self.passes_check(project.as_ref(), shell)? {
                    return Ok(Status::Findings);
                }
                let package = self.load(&registries)?;
                let artifact = Artifact::of_package(&package, &self.metadata(project.as_ref())?)?;
                let docs = self.docs.then(|| pages(&package, project.as_ref()));
                (artifact, docs)
            }
        };
        let options = PublishOptions {
            dry_run: self.dry_run,
            allow_breaking: self.allow_breaking,
            allow_prerelease: self.allow_prerelease,
            allow_build: self.allow_build,
            docs,
        };
        let verdict = publish(&artifact, &registries, &options, &|step| {
            shell.progress(&progress_of(&step))
        });
        shell.end_progress();
        match verdict? {
            Verdict::Refused(findings) => {
                shell.report(&findings);
                shell.summary(&findings, "nothing was published");
                Ok(Status::Findings)
            }
            Verdict::Done(publication) => {
                report_publication(&artifact, &publication, &options, shell)?;
                Ok(Status::Fine)
            }
        }
    }

    /// Checks the project, and reports its findings; true without a project, and with `--no-check`.
    fn passes_check(&self, project: Option<&Project>, shell: &Shell) -> Outcome<bool> {
        if self.no_check {
            return Ok(true);
        }
        let Some(project) = project else {
            shell.note(&match self.wit {
                Some(_) => format!("not checked: no {FILE} is about the package that --wit names"),
                None => format!("there is no {FILE} to check the package by"),
            });
            return Ok(true);
        };
        shell.progress("checking");
        let findings = project.check();
        shell.end_progress();
        shell.report_check(&findings);
        if Status::of(&findings) == Status::Fine {
            if !findings.is_empty() {
                shell.summary(&findings, "checked");
            }
            return Ok(true);
        }
        shell.summary(
            &findings,
            "nothing was published; `--no-check` leaves this out",
        );
        Ok(false)
    }

    /// Returns what is said of the package: nothing, if the files here are about another one.
    fn metadata(&self, project: Option<&Project>) -> Outcome<Metadata> {
        match (project, &self.wit) {
            (None, Some(_)) if Path::new(FILE).exists() => Ok(Metadata::default()),
            _ => Ok(metadata(Path::new("."))?),
        }
    }

    fn load(&self, registries: &Registries) -> Outcome<Package> {
        let located = locate::find_here(self.wit.as_deref(), Path::new("."), registries)?;
        // What is behind a gate is published with its gate.
        Ok(source::load_released(&located.source)?)
    }
}

/// The pages, with what witgen.toml says of dependencies; links to lines lead nowhere where they are read.
fn pages(package: &Package, project: Option<&Project>) -> FileSet {
    let config = project.and_then(|project| project.config().docs.as_ref());
    let default = docs::Options::default();
    let options = docs::Options {
        dependencies: config.is_some_and(|config| config.deps),
        dependency_url: config
            .and_then(|config| config.deps_url.clone())
            .unwrap_or(default.dependency_url),
        source: None,
        book: None,
    };
    docs::pages(&describe(package), &options).files
}

fn progress_of(step: &Step) -> String {
    match step {
        Step::Looking => "looking for what is published".to_owned(),
        Step::Comparing(version) => format!("comparing with {version}"),
        Step::Uploading(size) => format!("uploading {size} bytes"),
        Step::Attaching(count) => format!("attaching {}", counted(*count, "page")),
    }
}

fn report_publication(
    artifact: &Artifact,
    publication: &Publication,
    options: &PublishOptions,
    shell: &mut Shell,
) -> Outcome<()> {
    if let Some(note) = &publication.note {
        // Whoever meant to publish for others must not overlook it.
        let warning = Diagnostic::warning(codes::NO_REGISTRY, note.clone())
            .at(Place::argument(&publication.address))
            .help("name a registry with --registry, or in wkg's configuration");
        shell.report(&[warning]);
    }
    let state = match publication.state {
        State::Published => "published",
        State::Already => "already-published",
        State::Rehearsed => "rehearsed",
    };
    let reference = artifact.reference().to_string();
    let previous = publication.previous.as_ref().map(ToString::to_string);
    if shell.format == Format::Json {
        return shell.print(&json(&Document {
            version: 1,
            package: reference,
            reference: &publication.address,
            digest: publication.digest.as_deref(),
            contents: artifact.digest(),
            size: artifact.contents().len(),
            state,
            previous,
            docs: publication.docs.as_deref(),
            annotations: artifact.annotations(),
        }));
    }
    if options.dry_run {
        return shell.print(&crate::template::text(&DryRun {
            reference,
            address: &publication.address,
            already: publication.state == State::Already,
            size: artifact.contents().len(),
            digest: artifact.digest(),
            previous,
            pages: options.docs.as_ref().map(|pages| pages.iter().count()),
            annotations: artifact.annotations(),
        }));
    }
    shell.note(&match publication.state {
        State::Already => format!("{reference} was already published"),
        State::Published | State::Rehearsed => format!("published {reference}"),
    });
    if let Some(docs) = &publication.docs {
        shell.note(&format!("attached the pages: {docs}"));
    }
    let digest = publication.digest.as_deref().unwrap_or_default();
    shell.print(&format!("{}@{digest}\n", publication.address))
}
