//! Compares a directory with a set.

use std::io::ErrorKind;
use std::path::Path;

use similar::TextDiff;

use super::plan::{Existing, MAX_FILE_BYTES, existing};
use super::record::{Record, hash};
use super::{FileSet, io_error, path_in};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read;

/// The most lines of a difference that a finding shows.
const MAX_DIFF_LINES: usize = 40;

impl FileSet {
    /// Compares a directory with the set. Reports files that are missing, that differ, and that an earlier
    /// run wrote but this set doesn't contain. Line endings may differ, since version control changes them.
    ///
    /// # Errors
    ///
    /// Files that can't be read.
    pub fn check(&self, dir: &Path) -> Result<Vec<Diagnostic>> {
        check(self, dir, "run the command again without --check")
    }

    /// As [`FileSet::check`], with other advice.
    pub(crate) fn check_for(&self, dir: &Path, help: &str) -> Result<Vec<Diagnostic>> {
        check(self, dir, help)
    }
}

fn check(files: &FileSet, dir: &Path, help: &str) -> Result<Vec<Diagnostic>> {
    let record = Record::read(dir)?;
    let mut findings = Vec::new();
    for (path, expected) in files.iter() {
        let place = path_in(dir, path);
        match read::regular(&place, MAX_FILE_BYTES) {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                findings.push(drift(&place, "is missing"));
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidInput | ErrorKind::FileTooLarge
                ) =>
            {
                let finding = drift(&place, "differs from what witgen generates");
                findings.push(finding.help(error.to_string()));
            }
            Err(error) => return Err(io_error("read", &place, &error).into()),
            Ok(bytes) => {
                let found = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
                if found != expected {
                    let finding = drift(&place, "differs from what witgen generates");
                    findings.push(finding.help(difference(&found, expected)));
                }
            }
        }
    }
    for finding in &mut findings {
        *finding = finding.clone().help(help);
    }
    for (path, written) in &record.files {
        if files.get(path).is_some() {
            continue;
        }
        let place = path_in(dir, path);
        let stale = drift(
            &place,
            "is left from an earlier run, and is no longer generated",
        );
        findings.push(match existing(dir, path)? {
            Existing::Missing | Existing::Obstacle(_) => continue,
            Existing::Text(text) if hash(&text) == *written => stale.help(help),
            // The command keeps such a file, so it wouldn't help to run it again.
            Existing::Text(_) | Existing::Other => {
                stale.help("the file was changed since: delete it, or move it elsewhere")
            }
        });
    }
    Ok(findings)
}

fn drift(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::error(codes::DRIFT, format!("`{}` {what}", path.display())).at(Place::path(path))
}

/// Returns a unified difference from the found to the expected text.
fn difference(found: &str, expected: &str) -> String {
    let diff = TextDiff::from_lines(found, expected);
    let text = diff.unified_diff().header("found", "expected").to_string();
    let total = text.lines().count();
    let mut lines: Vec<&str> = text.lines().take(MAX_DIFF_LINES).collect();
    let more = format!("… and {} more lines", total.saturating_sub(MAX_DIFF_LINES));
    if total > MAX_DIFF_LINES {
        lines.push(&more);
    }
    lines.join("\n")
}
