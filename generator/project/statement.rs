//! The statement about a published package: its source, its dependencies, its baseline, and the findings of `witgen check`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dependencies::PackageDir;
use super::folder::Project;
use crate::compat::Release;
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::provenance::{Check, Predicate, compared, source_files};
use crate::registry::{LOCK, Metadata, locked_packages};
use crate::source::{Source, own_texts};

/// States what is known about a package. `findings` are those of `witgen check`, if it ran.
///
/// # Errors
///
/// Files and a baseline that can't be read.
pub(crate) fn statement(
    source: &Source,
    project: Option<&Project>,
    metadata: &Metadata,
    findings: Option<&[Diagnostic]>,
) -> Result<Predicate> {
    let mut predicate = Predicate::default();
    if let Some(texts) = own_texts(source)? {
        let mut files = source_files(&root(source), &texts);
        files.revision = metadata.revision.clone();
        files.repository = metadata.source.clone();
        predicate.source = Some(files);
    }
    predicate.dependencies = locked_packages(&lock(source, project))?;
    predicate.check = findings.map(|findings| Check {
        errors: counts(findings, Severity::Error),
        warnings: counts(findings, Severity::Warning),
    });
    if let Some(project) = project
        && let Some(baseline) = &project.config().baseline
    {
        let new = Release::load(source, &project.config().features())?;
        let comparison = super::baseline::comparison(project, baseline, &new)?;
        predicate.baseline = Some(compared(&baseline.package, &comparison));
    }
    Ok(predicate)
}

/// Returns the folder that the paths of a package's files start from.
fn root(source: &Source) -> PathBuf {
    match source {
        Source::Directory(dir) => dir.clone(),
        Source::File(file) => file.parent().unwrap_or(Path::new("")).to_owned(),
        _ => PathBuf::new(),
    }
}

/// Returns the path of the lock file of a package.
fn lock(source: &Source, project: Option<&Project>) -> PathBuf {
    match project {
        Some(project) => PackageDir::of(project).lock(),
        None => root(source).parent().unwrap_or(Path::new("")).join(LOCK),
    }
}

fn counts(findings: &[Diagnostic], severity: Severity) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.severity == severity) {
        *counts.entry(finding.code.id().to_owned()).or_default() += 1;
    }
    counts
}
