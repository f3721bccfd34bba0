//! Decides which version the changes since the baseline allow.

use semver::Version;

use super::location::Files;
use super::on_disk::on_disk;
use super::texts::Texts;
use super::wanted::Wanted;
use crate::compat::Comparison;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::project::Project;
use crate::source::{self, Features};

/// A version that a package gets, if the changes since the baseline allow it.
pub(super) struct Decision {
    /// The new version; the package's own if that is enough.
    pub version: Version,
    /// The texts with it: those that differ from what is on the disk.
    pub texts: Files,
    /// The comparison of these with the baseline, if there is one.
    pub comparison: Option<Comparison>,
    /// Why the version is not allowed.
    pub refused: Vec<Diagnostic>,
}

/// Which version is wanted, and what may be.
pub(super) struct Request<'a> {
    /// The subcommand, for messages: `bump`.
    pub command: &'static str,
    pub wanted: &'a Wanted,
    /// Whether the package may have the version already, unless the baseline has it.
    pub may_stay: bool,
    /// Whether the version may be lower than the changes ask for.
    pub allow_breaking: bool,
}

/// Decides on a version; `edit` returns the texts that differ with a version.
///
/// # Errors
///
/// A version that isn't higher than the package's, texts that aren't valid with it, a baseline that can't be read, and none
/// where the least version is wanted.
pub(super) fn decide(
    project: Option<&Project>,
    texts: &Texts,
    request: &Request<'_>,
    edit: impl Fn(&Version) -> Files,
) -> Result<Decision> {
    let current = &texts.version;
    let wanted = match request.wanted {
        Wanted::Least => None,
        kind => Some(kind.after(current).ok_or_else(|| no_next(texts, request))?),
    };
    if let Some(wanted) = &wanted
        && (wanted < current || (wanted == current && !request.may_stay))
    {
        return Err(not_higher(texts, request, wanted).into());
    }
    let latest_gate = texts.latest_gate().filter(|gate| gate > current);
    let candidate = wanted.clone().or(latest_gate).unwrap_or_else(|| current.clone());
    let mut edited = edit(&candidate);
    let mut comparison = compare(project, texts, &edited)?;
    let is_released =
        comparison.as_ref().is_some_and(|it| it.old_version().as_ref() >= Some(current));
    if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted == current && is_released) {
        return Err(not_higher(texts, request, wanted).into());
    }
    let mut version = candidate;
    if wanted.is_none() {
        match &comparison {
            None if version == *current => return Err(no_baseline(project, request).into()),
            Some(Comparison {
                is_too_low: true,
                least: Some(least),
                ..
            }) => {
                version = least.clone();
                edited = edit(&version);
                // Whether the version is compatible with the baseline's is part of what is compared.
                comparison = compare(project, texts, &edited)?;
            }
            _ => {}
        }
    }
    texts.require_free(&version)?;
    let is_refused = |it: &&Comparison| it.is_too_low && !request.allow_breaking;
    let refused = comparison.as_ref().filter(is_refused);
    let refused = refused.map(|it| too_low(it, current, &version, request)).unwrap_or_default();
    Ok(Decision {
        refused: refused.into_iter().map(|it| on_disk(it, texts, &edited)).collect(),
        version,
        texts: edited,
        comparison,
    })
}

/// Returns what is wrong with the copies of other members' packages, without which the package can't be read.
pub(super) fn outdated_copies(project: &Project) -> Vec<Diagnostic> {
    // A package that can't be read as it is now may be valid with the new version.
    project.check_siblings().unwrap_or_default()
}

/// Compares a package with the baseline of its project; without one, verifies that it is valid.
fn compare(project: Option<&Project>, texts: &Texts, edited: &Files) -> Result<Option<Comparison>> {
    let comparison = match project {
        Some(project) => project.compare_edited(&texts.source, edited),
        None => source::load_edited(&texts.source, &Features::All, edited).map(|_| None),
    };
    comparison.map_err(|failure| failure.map(|it| on_disk(it, texts, edited)))
}

/// Returns the changes that a version doesn't allow, and which version does.
fn too_low(
    comparison: &Comparison,
    current: &Version,
    version: &Version,
    request: &Request<'_>,
) -> Vec<Diagnostic> {
    let reasons: Vec<_> = comparison.reasons().collect();
    let mut findings: Vec<Diagnostic> = reasons
        .iter()
        .map(|change| change.diagnostic().with_severity_of_error())
        .collect();
    let command = request.command;
    let least = comparison.least.clone().unwrap_or_else(|| current.clone());
    let kind = Wanted::for_version(&least, current);
    let kind_in_words = match &kind {
        Wanted::Version(_) => String::new(),
        kind => format!(" ({kind})"),
    };
    let more = match reasons.len() {
        0 | 1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    let reason = reasons.first().map_or("the documentation changed", |it| it.message.as_str());
    let message = format!(
        "{version} is too low after `{}`: at least {least}{kind_in_words}, because {reason}{more}",
        comparison.old
    );
    findings.push(
        Diagnostic::error(codes::VERSION_TOO_LOW, message)
            .at(argument_of(request))
            .help(format!(
                "run `witgen {command} {kind}`, or undo the changes"
            ))
            .help(format!("pass `--allow-breaking` to {command} anyway")),
    );
    findings
}

fn not_higher(texts: &Texts, request: &Request<'_>, wanted: &Version) -> Diagnostic {
    let (package, current) = (&texts.package, &texts.version);
    let message = if wanted == current {
        format!("the version of `{package}` is {current} already")
    } else {
        format!("{wanted} is lower than the version of `{package}`, which is {current}")
    };
    let example = Wanted::Patch.after(current).map(|next| format!(", such as {next}"));
    let example = example.unwrap_or_default();
    Diagnostic::error(codes::VERSION_NOT_HIGHER, message)
        .at(argument_of(request))
        .help(format!(
            "pass a higher one{example}; a published version never changes"
        ))
}

/// The error for a number of the version that can't be raised.
fn no_next(texts: &Texts, request: &Request<'_>) -> Diagnostic {
    let (package, current, kind) = (&texts.package, &texts.version, request.wanted);
    let message = format!(
        "no {kind} version follows `{package}@{current}`: its {kind} number is the largest possible"
    );
    Diagnostic::error(codes::VERSION_NOT_HIGHER, message)
        .at(argument_of(request))
        .help("raise a number before it, or pass the version itself")
}

fn argument_of(request: &Request<'_>) -> Place {
    Place::argument(format!("{} {}", request.command, request.wanted))
}

fn no_baseline(project: Option<&Project>, request: &Request<'_>) -> Diagnostic {
    let command = request.command;
    let message = "without a baseline, the lowest version that the changes allow is unknown";
    let failure = Diagnostic::error(codes::NO_BASELINE, message);
    let failure = match project {
        Some(project) => failure.at(Place::path(project.manifest())),
        None => failure.at(Place::argument(command)),
    };
    failure
        .help(format!(
            "pass `patch`, `minor`, `major` or a version: `witgen {command} minor`"
        ))
        .help("or name the released package with `[baseline]` in witgen.toml")
}
