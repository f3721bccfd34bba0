//! Comparing a directory with what it should hold.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use similar::TextDiff;

use super::plan::{Present, present};
use super::record::{Record, hash};
use super::{FileSet, refused};
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// How many lines of a difference are shown.
const MAX_DIFF_LINES: usize = 40;

impl FileSet {
    /// Compares a directory with the set: what is missing, what differs, and what an earlier run
    /// made and this one doesn't. Line endings may differ, since version control changes them.
    ///
    /// # Errors
    ///
    /// What can't be read.
    pub fn check(&self, dir: &Path) -> Result<Vec<Diagnostic>> {
        check(self, dir, "run the command again without --check")
    }

    /// As [`FileSet::check`], with a word on how to mend what is found.
    pub(crate) fn check_for(&self, dir: &Path, help: &str) -> Result<Vec<Diagnostic>> {
        check(self, dir, help)
    }
}

fn check(files: &FileSet, dir: &Path, help: &str) -> Result<Vec<Diagnostic>> {
    let record = Record::read(dir)?;
    let mut findings = Vec::new();
    for (path, expected) in files.iter() {
        let place = dir.join(path);
        match read(&place)? {
            None => findings.push(drift(&place, "is missing")),
            Some(found) => {
                let found = String::from_utf8_lossy(&found).replace("\r\n", "\n");
                if found != expected {
                    let finding = drift(&place, "is not what witgen makes");
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
        let place = dir.join(path);
        let stale = drift(&place, "was made by an earlier run and no longer is");
        findings.push(match present(dir, path)? {
            Present::Nothing | Present::InTheWay(_) => continue,
            Present::Text(text) if hash(&text) == *written => stale.help(help),
            // Writing keeps such a file, so that running the command again would not help.
            Present::Text(_) | Present::Other => {
                stale.help("somebody has changed it since: delete it, or move it elsewhere")
            }
        });
    }
    Ok(findings)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(refused("read", path, &error).into()),
    }
}

fn drift(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::error(codes::DRIFT, format!("`{}` {what}", path.display())).at(Place::path(path))
}

/// A unified difference, from what is there to what should be.
fn difference(found: &str, expected: &str) -> String {
    let diff = TextDiff::from_lines(found, expected);
    let text = diff.unified_diff().header("found", "expected").to_string();
    let total = text.lines().count();
    let mut lines: Vec<&str> = text.lines().take(MAX_DIFF_LINES).collect();
    let more = format!("… and {} lines more", total.saturating_sub(MAX_DIFF_LINES));
    if total > MAX_DIFF_LINES {
        lines.push(&more);
    }
    lines.join("\n")
}
