//! A release, planned completely before anything is written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use askama::Template;
use semver::Version;

use super::change::{FileChange, changes, write};
use super::changelog::{Entry, is_listed};
use super::changelog_file::{line_of_version, with_entry};
use super::decision::{Request, decide, outdated_copies};
use super::git::Repository;
use super::next::next_baseline;
use super::on_disk::on_disk;
use super::promotion::{Promotion, is_promoted, promotions, require_features};
use super::texts::{Texts, User};
use super::wanted::Wanted;
use crate::compat::Comparison;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, Severity, codes};
use crate::fileset::{self, RECORD, WriteOptions};
use crate::project::{Derived, Project};
use crate::read::{self, MAX_TEXT_BYTES};

/// Options for a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// The version of the release.
    pub wanted: Wanted,
    /// Features whose items are stable from this release on.
    pub stabilize: Vec<String>,
    /// The day of the release in the changelog: `2026-01-31`.
    pub date: String,
    /// Allows a version that is lower than the changes since the baseline ask for.
    pub allow_breaking: bool,
    /// Commits the changed files.
    pub commit: bool,
    /// Tags the commit.
    pub tag: bool,
    /// Commits although other changes aren't committed.
    pub allow_dirty: bool,
}

/// Everything that a release changes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReleasePlan {
    /// The package without its version: `wasi:http`.
    pub package: String,
    /// The version before.
    pub old: Version,
    /// The version of the release.
    pub new: Version,
    /// The gates that become stable.
    pub promotions: Vec<Promotion>,
    /// The files of WIT and the changelog.
    pub files: Vec<FileChange>,
    /// The outputs of `witgen.toml`.
    pub outputs: Derived,
    /// The planned files of these outputs.
    pub output_plans: Vec<(PathBuf, fileset::Plan)>,
    /// The packages beside it of which files change; they need versions of their own.
    pub users: Vec<User>,
    /// The message of the commit, if one is wanted.
    pub commit: Option<String>,
    /// The tag, if one is wanted.
    pub tag: Option<String>,
    /// The baseline of the next release, if it isn't the one that `witgen.toml` names.
    pub next_baseline: Option<String>,
    /// The findings of the checks, none of which prevents the release.
    pub findings: Vec<Diagnostic>,
    repository: Option<Repository>,
}

/// The result of planning a release.
#[derive(Clone, Debug)]
pub enum ReleaseVerdict {
    /// The release can be made.
    Planned(Box<ReleasePlan>),
    /// The obstacles: findings of the checks, and changes that the version doesn't allow.
    Refused(Vec<Diagnostic>),
}

#[derive(Template)]
#[template(path = "release/commit.txt", escape = "none")]
struct CommitMessage<'a> {
    package: &'a str,
    version: &'a Version,
    changes: Vec<&'a str>,
}

/// Plans a release of a project's package; `others` are the directories of the packages that may use it. Nothing is written.
///
/// # Errors
///
/// The errors of [`bump()`](super::bump()), features that gate nothing, a version that was released before, outputs that can't
/// be generated, and a repository in which nothing can be committed.
pub fn release(
    project: &Project,
    others: &[PathBuf],
    options: &ReleaseOptions,
) -> Result<ReleaseVerdict> {
    let outdated = outdated_copies(project);
    if !outdated.is_empty() {
        return Ok(ReleaseVerdict::Refused(outdated));
    }
    let texts = Texts::read(project.dir(), others)?;
    require_features(project, &texts, &options.stabilize)?;
    let request = Request {
        command: "release",
        wanted: &options.wanted,
        may_stay: true,
        allow_breaking: options.allow_breaking,
    };
    let decision = decide(Some(project), &texts, &request, |version| {
        texts.released(version, |gate| is_promoted(gate, &options.stabilize))
    })?;
    let on_disk = |finding| on_disk(finding, &texts, &decision.texts);
    let edited = project
        .edited(&texts.source, &decision.texts)
        .map_err(|failure| failure.map(on_disk))?;
    let found = edited.check(decision.comparison.as_ref());
    let mut findings: Vec<Diagnostic> = found.into_iter().map(on_disk).collect();
    // The version's own findings name the changes too.
    findings.retain(|finding| !decision.refused.contains(finding));
    let is_in_the_way = findings.iter().any(|finding| finding.severity == Severity::Error);
    if is_in_the_way || !decision.refused.is_empty() {
        findings.extend(decision.refused);
        return Ok(ReleaseVerdict::Refused(findings));
    }
    require_changes(
        project,
        &texts,
        &decision.version,
        decision.comparison.as_ref(),
    )?;

    let version = &decision.version;
    let tag = tag_name(project, &texts.package, version);
    let path = project.path(&project.config().release.changelog);
    let (changelog, repository) = both(
        read_changelog(&path, version),
        open_repository(project, options, &tag),
    )?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let changed = decision.comparison.iter().flat_map(|it| &it.changes);
    let links = edited.links(folder, changed.map(|change| change.item.as_str()));
    let entry = Entry::new(
        version.to_string(),
        options.date.clone(),
        decision.comparison.as_ref(),
        &links,
    );
    let outputs = edited.derive().map_err(|failure| failure.map(on_disk))?;
    let output_plans = outputs.plan(&WriteOptions::default())?;
    let promotions = promotions(&texts, &options.stabilize);
    let next_baseline = next_baseline(project, &texts, version, &tag);
    findings.extend(texts.outdated_requirements(version));
    let users = texts.users(&decision.texts);
    let mut files = changes(&texts, decision.texts);
    files.push(FileChange {
        new: with_entry(changelog.as_deref(), entry),
        path,
        old: changelog,
    });
    let commit = options
        .commit
        .then(|| commit_message(&texts.package, version, decision.comparison.as_ref()));
    Ok(ReleaseVerdict::Planned(Box::new(ReleasePlan {
        package: texts.package,
        old: texts.version,
        new: decision.version,
        promotions,
        files,
        outputs,
        output_plans,
        users,
        commit,
        tag: options.tag.then_some(tag),
        next_baseline,
        findings,
        repository,
    })))
}

impl ReleasePlan {
    /// Writes all files or none, then commits and tags them if that is planned.
    ///
    /// # Errors
    ///
    /// A file that can't be written, and a commit or a tag that git refuses; the files are changed then.
    pub fn carry_out(&self) -> Result<()> {
        let options = WriteOptions::default();
        let written = write(&self.files, || self.outputs.write(&options))?;
        let Some(repository) = &self.repository else {
            return Ok(());
        };
        let left = |failure: Failure| {
            failure.help("the files are changed; commit and tag them after removing the cause")
        };
        if let Some(message) = &self.commit {
            repository.commit(&self.changed_files(&written), message).map_err(left)?;
        }
        match &self.tag {
            Some(tag) => {
                let message = format!("{} {}", self.package, self.new);
                repository.tag(tag, &message).map_err(left)
            }
            None => Ok(()),
        }
    }

    /// Returns the files to commit.
    fn changed_files(&self, written: &[(PathBuf, fileset::Plan)]) -> Vec<PathBuf> {
        let mut files: BTreeSet<PathBuf> =
            self.files.iter().map(|file| file.path.clone()).collect();
        for (dir, plan) in written {
            let changed: Vec<&String> =
                plan.created.iter().chain(&plan.changed).chain(&plan.removed).collect();
            if !changed.is_empty() {
                files.insert(dir.join(RECORD));
            }
            files.extend(changed.into_iter().map(|file| dir.join(file)));
        }
        files.into_iter().collect()
    }
}

/// Fails if the package has nothing that the last release doesn't have.
fn require_changes(
    project: &Project,
    texts: &Texts,
    version: &Version,
    comparison: Option<&Comparison>,
) -> Result<()> {
    let Some(comparison) = comparison.filter(|it| it.changes.is_empty()) else {
        return Ok(());
    };
    if *version != texts.version || comparison.old_version().as_ref() != Some(version) {
        return Ok(());
    }
    let message = format!("nothing has changed since `{}`", comparison.old);
    Err(Diagnostic::error(codes::NOTHING_TO_RELEASE, message)
        .at(Place::path(project.manifest()))
        .help("pass a version to release it anyway: `witgen release patch`")
        .into())
}

/// Returns two results, or what keeps either from being there.
fn both<A, B>(one: Result<A>, other: Result<B>) -> Result<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Ok(_), Err(failure)) | (Err(failure), Ok(_)) => Err(failure),
        (Err(one), Err(other)) => Err(one.and(other)),
    }
}

/// Returns the repository, if the release is committed; the repository must be ready for that.
fn open_repository(
    project: &Project,
    options: &ReleaseOptions,
    tag: &str,
) -> Result<Option<Repository>> {
    if !options.commit && !options.tag {
        return Ok(None);
    }
    let repository = Repository::open(project.dir())?;
    let is_clean = if options.allow_dirty {
        Ok(())
    } else {
        repository.require_clean()
    };
    let is_new = if options.tag {
        repository.require_new_tag(tag)
    } else {
        Ok(())
    };
    both(is_clean, is_new)?;
    Ok(Some(repository))
}

/// Returns the text of the changelog, if there is one.
fn read_changelog(path: &Path, version: &Version) -> Result<Option<String>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = read::text(path, MAX_TEXT_BYTES).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", path.display());
        Diagnostic::error(codes::UNREADABLE, message).at(Place::path(path))
    })?;
    let Some(line) = line_of_version(&text, version) else {
        return Ok(Some(text));
    };
    let message = format!("the changelog has an entry for {version} already, in line {line}");
    Err(Diagnostic::error(codes::ALREADY_RELEASED, message)
        .at(Place::path(path))
        .help("release another version, or move the entry's text below `## Unreleased`")
        .help("if it was released, name it with `[baseline]` in witgen.toml")
        .into())
}

fn tag_name(project: &Project, package: &str, version: &Version) -> String {
    let (namespace, name) = package.split_once(':').unwrap_or(("", package));
    project.config().release.tag_of(namespace, name, version)
}

fn commit_message(package: &str, version: &Version, comparison: Option<&Comparison>) -> String {
    let changes = comparison.into_iter().flat_map(|comparison| &comparison.changes);
    let changes = changes.filter(|change| !is_listed(change));
    crate::template::text(&CommitMessage {
        package,
        version,
        changes: changes.map(|change| change.message.as_str()).collect(),
    })
}
