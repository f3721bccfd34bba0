//! `witgen publish`: a package or a component, into a registry.

use std::path::{Path, PathBuf};

use clap::Args;

use super::attest::{Attest, AttestArgs};
use super::here::{project_for, project_here, require_package_here};
use super::publication::report;
use super::registries::RegistryArgs;
use super::shared::read;
use super::shell::{Outcome, Shell, counted};
use super::status::Status;
use super::tag::tag_mismatch;
use crate::config::{FILE, manifest_folder, metadata};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::emit::docs;
use crate::fileset::FileSet;
use crate::locate;
use crate::model::describe;
use crate::project::{Project, Workspace, statement};
use crate::provenance::Predicate;
use crate::registry::{
    Artifact, Metadata, PublishOptions, Reference, Registries, Step, Verdict, publish,
};
use crate::source::{self, Package, Source};

/// Publish a package or a component to a registry.
///
/// Checks the package as `witgen check` does, encodes it with its documentation and gates, uploads it, reads it back,
/// and prints its address and digest. A published version never changes: equal contents are accepted again, and
/// others are rejected. The version must allow the changes since the previous one. The registry comes from wkg's
/// configuration; without one, it is a directory on this machine.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen publish --dry-run
  witgen publish --workspace
  witgen publish --docs
  witgen publish chain.wasm --package acme:chain@1.0.0
  witgen publish --registry ./registry")]
pub(super) struct Publish {
    /// A directory, a `.wit` file, a component, or an encoded package [default: that of witgen.toml, else `./wit`]
    file: Option<PathBuf>,
    /// Publish all members of the workspace, each after its dependencies; skip published versions
    #[arg(long, conflicts_with_all = ["file", "wit", "package"])]
    workspace: bool,
    /// The package: a directory or a `.wit` file [default: that of witgen.toml, else `./wit`]
    #[arg(long, value_name = "PATH", conflicts_with = "file")]
    wit: Option<String>,
    /// The name and version of the component
    #[arg(long, value_name = "NAME@VERSION", requires = "file")]
    package: Option<String>,
    /// Publish only if this is the tag of the version
    ///
    /// In the directory of a workspace, publishes only the members with this tag. Requires a configured registry.
    #[arg(long)]
    tag: Option<String>,
    /// Upload nothing; do all checks, and print what would be published
    #[arg(long)]
    dry_run: bool,
    /// Attach the specification pages
    #[arg(long, conflicts_with = "package")]
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
    attest: AttestArgs,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// A package as it is published, and what goes with it.
struct Prepared {
    artifact: Artifact,
    docs: Option<FileSet>,
    /// The statement to sign, if a signature is requested.
    statement: Option<Predicate>,
}

/// Whether a package may be published.
enum Passed {
    /// It may; with the findings of the check, if there was one.
    Yes(Option<Vec<Diagnostic>>),
    No,
}

impl Publish {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let registries = self.registries.registries()?;
        let attest = self.attest.load()?;
        if self.workspace || self.tag.is_some() && self.is_about_a_workspace()? {
            return self.publish_workspace(&registries, &attest, shell);
        }
        self.require_options_that_apply()?;
        let prepared = match self.component() {
            Some(file) => {
                let contents = read(file, "name a component, or an encoded package")?;
                let given = self.package.as_deref().map(str::parse::<Reference>).transpose()?;
                let artifact = Artifact::of_wasm(contents, given)
                    .map_err(|error| error.at(Place::path(file)))?;
                self.require_tag(&artifact.reference(), project_here()?.as_ref())?;
                Prepared {
                    artifact,
                    docs: None,
                    statement: attest.signs().then(Predicate::default),
                }
            }
            None => {
                let wit = self.wit();
                let project =
                    project_for(wit.as_deref())?.map(|it| it.with_registries(registries.clone()));
                let source = match &wit {
                    Some(wit) => locate::find_here(Some(wit), Path::new("."), &registries)?.source,
                    None => require_package_here(&registries)?.source,
                };
                let Passed::Yes(findings) = self.check(project.as_ref(), shell)? else {
                    return Ok(Status::Findings);
                };
                let prepared =
                    self.prepare(&source, project.as_ref(), &attest, findings.as_deref())?;
                self.require_tag(&prepared.artifact.reference(), project.as_ref())?;
                prepared
            }
        };
        let options = self.options(&prepared, &attest);
        let artifact = prepared.artifact;
        match publish_one(&artifact, &registries, &options, shell)? {
            Verdict::Refused(findings) => {
                shell.report(&findings);
                shell.summary(&findings, "nothing was published");
                Ok(Status::Findings)
            }
            Verdict::Done(publication) => {
                report(&artifact, &publication, &options, shell)?;
                Ok(Status::Fine)
            }
        }
    }

    /// Publishes all members of the workspace, each after those that it needs.
    fn publish_workspace(
        &self,
        registries: &Registries,
        attest: &Attest,
        shell: &mut Shell,
    ) -> Outcome<Status> {
        let workspace = Workspace::require(Path::new("."))?.with_registries(registries).linked()?;
        workspace.require_members(Path::new("."))?;
        if self.no_check {
            workspace.require_readable()?;
        }
        let mut members = Vec::new();
        let mut others = Vec::new();
        for project in workspace.all() {
            if let Some(tag) = &self.tag {
                let package = source::load_released(&project.source()?)?;
                let artifact = Artifact::of_package(&package, &self.metadata(Some(project))?)?;
                if let Some(other) = tag_mismatch(tag, &artifact.reference(), Some(project)) {
                    others.push(other);
                    continue;
                }
            }
            let Passed::Yes(findings) = self.check(Some(project), shell)? else {
                return Ok(Status::Findings);
            };
            let source = project.source()?;
            let prepared = self.prepare(&source, Some(project), attest, findings.as_deref())?;
            members.push((prepared, project.name()));
        }
        if members.is_empty()
            && let Some(failure) = Failure::of(others)
        {
            return Err(failure.into());
        }
        // All problems that can be found are reported before anything is uploaded.
        let mut findings = Vec::new();
        let mut failures = Vec::new();
        let mut rehearsals = Vec::new();
        for (prepared, dir) in &members {
            let artifact = &prepared.artifact;
            let options = PublishOptions {
                dry_run: true,
                ..self.options(prepared, attest)
            };
            match publish_one(artifact, registries, &options, shell) {
                // The same run reports all other reasons why the package can't be published.
                Err(failure) if failure.code() == codes::ALREADY_PUBLISHED => {
                    let failure = failure.help(format!("run `witgen bump` in {dir}"));
                    failures.extend(failure.into_diagnostics());
                }
                Err(failure) => return Err(failure.into()),
                Ok(Verdict::Refused(refused)) => findings.extend(refused),
                Ok(Verdict::Done(publication)) => {
                    rehearsals.push((artifact, publication, options));
                }
            }
        }
        if let Some(failure) = Failure::of(failures) {
            shell.report(&findings);
            return Err(failure.into());
        }
        if !findings.is_empty() {
            shell.report(&findings);
            shell.summary(&findings, "nothing was published");
            return Ok(Status::Findings);
        }
        if self.dry_run {
            for (artifact, publication, options) in &rehearsals {
                report(artifact, publication, options, shell)?;
            }
            return Ok(Status::Fine);
        }
        for (index, (prepared, _)) in members.iter().enumerate() {
            let artifact = &prepared.artifact;
            let options = self.options(prepared, attest);
            let resume = |failure: Failure| {
                let published =
                    members[..index].iter().map(|(it, _)| it.artifact.reference().to_string());
                let published = published.collect::<Vec<_>>().join(", ");
                let state = match published.as_str() {
                    "" => "nothing was published".to_owned(),
                    names => format!("published before this: {names}"),
                };
                failure.help(format!(
                    "{state}; run the command again to continue with `{}`",
                    artifact.reference()
                ))
            };
            match publish_one(artifact, registries, &options, shell).map_err(resume)? {
                // The registry has changed since the rehearsal.
                Verdict::Refused(findings) => {
                    shell.report(&findings);
                    shell.summary(
                        &findings,
                        &format!("`{}` was not published", artifact.reference()),
                    );
                    return Ok(Status::Findings);
                }
                Verdict::Done(publication) => {
                    report(artifact, &publication, &options, shell)?;
                }
            }
        }
        Ok(Status::Fine)
    }

    /// Rejects options that say nothing about what is published.
    fn require_options_that_apply(&self) -> Result<()> {
        let (option, help) = match self.component() {
            Some(_) if self.docs => ("--docs", "leave it out: pages need a package as text"),
            None if self.package.is_some() => (
                "--package",
                "leave it out: the WIT has the name and the version",
            ),
            _ => return Ok(()),
        };
        let message = format!("`{option}` doesn't apply to this file");
        Err(Diagnostic::error(codes::OPTION_DOES_NOT_APPLY, message)
            .at(Place::argument(option))
            .help(help)
            .into())
    }

    /// Whether this is the directory of a workspace, in which commands are about several packages.
    fn is_about_a_workspace(&self) -> Result<bool> {
        if self.file.is_some() || self.wit.is_some() {
            return Ok(false);
        }
        let workspace = Workspace::find(Path::new("."))?;
        Ok(workspace.is_some_and(|workspace| workspace.project().is_none()))
    }

    /// Rejects a package that `--tag` is not the tag of.
    fn require_tag(&self, package: &Reference, project: Option<&Project>) -> Result<()> {
        let mismatch = self.tag.as_ref().and_then(|tag| tag_mismatch(tag, package, project));
        mismatch.map_or(Ok(()), |mismatch| Err(mismatch.into()))
    }

    /// Returns the file, unless it is a package as text.
    fn component(&self) -> Option<&PathBuf> {
        self.file.as_ref().filter(|file| !is_text(file))
    }

    /// Returns the package as text, as an argument or as `--wit`.
    fn wit(&self) -> Option<String> {
        let file = self.file.as_ref().filter(|file| is_text(file));
        file.map(|file| file.display().to_string()).or_else(|| self.wit.clone())
    }

    fn options(&self, prepared: &Prepared, attest: &Attest) -> PublishOptions {
        let mut options = PublishOptions {
            dry_run: self.dry_run,
            // Others are to find a release.
            requires_registry: self.tag.is_some(),
            allow_breaking: self.allow_breaking,
            allow_prerelease: self.allow_prerelease,
            allow_build: self.allow_build,
            docs: prepared.docs.clone(),
            ..PublishOptions::default()
        };
        attest.add_to(&mut options, prepared.statement.clone());
        options
    }

    /// Encodes a package as it is published, with its pages if they are wanted.
    fn prepare(
        &self,
        source: &Source,
        project: Option<&Project>,
        attest: &Attest,
        findings: Option<&[Diagnostic]>,
    ) -> Outcome<Prepared> {
        // Items behind a gate are published with their gate.
        let package = source::load_released(source)?;
        let metadata = self.metadata(project)?;
        let artifact = Artifact::of_package(&package, &metadata)?;
        let statement = match attest.signs() {
            true => Some(statement(source, project, &metadata, findings)?),
            false => None,
        };
        Ok(Prepared {
            artifact,
            docs: self.docs.then(|| pages(&package, project)).transpose()?,
            statement,
        })
    }

    /// Checks the project, and reports its findings. Without a project, and with `--no-check`, nothing is found.
    fn check(&self, project: Option<&Project>, shell: &Shell) -> Outcome<Passed> {
        if self.no_check {
            return Ok(Passed::Yes(None));
        }
        let Some(project) = project else {
            shell.note(&match self.wit() {
                Some(wit) => format!("not checked: no {FILE} is about the package `{wit}`"),
                None => format!("not checked: no {FILE} in this directory or above it"),
            });
            return Ok(Passed::Yes(None));
        };
        shell.progress("checking");
        let findings = project.check();
        shell.end_progress();
        shell.report_check(&findings);
        let name = project.name();
        if Status::of(&findings) == Status::Fine {
            if !findings.is_empty() {
                shell.summary(&findings, &format!("`{name}` checked"));
            }
            return Ok(Passed::Yes(Some(findings)));
        }
        let stopped =
            format!("`{name}` checked, nothing was published; `--no-check` skips the check");
        shell.summary(&findings, &stopped);
        Ok(Passed::No)
    }

    /// Returns the package's metadata: none, if the files here are about another package.
    fn metadata(&self, project: Option<&Project>) -> Outcome<Metadata> {
        match (project, self.wit()) {
            (Some(project), _) => Ok(metadata(project.dir())?),
            (None, Some(_)) if manifest_folder(Path::new(".")).is_some() => Ok(Metadata::default()),
            (None, _) => Ok(metadata(Path::new("."))?),
        }
    }
}

/// Whether a file is a package as text: a directory, or a file of WIT.
fn is_text(file: &Path) -> bool {
    file.is_dir() || file.extension().is_some_and(|extension| extension == "wit")
}

fn publish_one(
    artifact: &Artifact,
    registries: &Registries,
    options: &PublishOptions,
    shell: &Shell,
) -> Result<Verdict> {
    let verdict = publish(artifact, registries, options, &|step| {
        shell.progress(&progress_of(&step));
    });
    shell.end_progress();
    verdict
}

/// Returns the pages, with the links to dependencies from witgen.toml. Links to source lines are left out: readers of the pages
/// don't have the source.
fn pages(package: &Package, project: Option<&Project>) -> Result<FileSet> {
    let config = project.and_then(|project| project.config().docs.as_ref());
    let default = docs::Options::default();
    let options = docs::Options {
        dependencies: config.is_some_and(|config| config.deps),
        dependency_url: config
            .and_then(|config| config.deps_url.clone())
            .unwrap_or(default.dependency_url),
        source: None,
        book: None,
        changes: None,
        examples: match project.zip(config) {
            Some((project, config)) => project.docs_examples(config)?,
            None => docs::Examples::default(),
        },
    };
    Ok(docs::pages(&describe(package), &options).files)
}

fn progress_of(step: &Step) -> String {
    match step {
        Step::Looking => "looking for published versions".to_owned(),
        Step::Comparing(version) => format!("comparing with {version}"),
        Step::Uploading(size) => format!("uploading {size} bytes"),
        Step::Attaching(count) => format!("attaching {}", counted(*count, "page")),
        Step::Attesting(count) => format!("attaching {}", counted(*count, "attestation")),
    }
}
