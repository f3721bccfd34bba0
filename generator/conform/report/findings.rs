//! Failures as findings, for `--format sarif` and its like.

use super::super::outcome::Report;
use crate::diagnostic::{Diagnostic, Place, codes};

/// Returns the failures as findings of a file: errors for what must or should be, and notes for what may be.
pub fn findings(report: &Report, file: &str) -> Vec<Diagnostic> {
    let failures = report.cases.iter().flat_map(|case| {
        case.failures().into_iter().map(move |(variants, reason)| {
            let on: Vec<_> = variants.iter().map(ToString::to_string).collect();
            let message = format!(
                "{}: {} ({} on {})",
                case.name,
                case.summary,
                case.level.as_str(),
                on.join(", ")
            );
            let found = if case.is_finding() {
                Diagnostic::error(codes::NOT_CONFORMING, message)
            } else {
                Diagnostic::note(codes::NOT_CONFORMING, message)
            };
            let (quote, item) = &case.quote;
            let rests_on = [format!("`{item}` says: {quote}")];
            let rests_on = rests_on.into_iter().chain(case.rfc.iter().cloned());
            let rests_on: Vec<_> = rests_on.collect();
            found
                .at(Place::path(file))
                .help(format!(
                    "expected (-) and actual (+):\n{}",
                    reason.trim_end()
                ))
                .help(rests_on.join("; "))
        })
    });
    let notes = report
        .notes
        .iter()
        .map(|note| Diagnostic::error(codes::NOT_CONFORMING, note.as_str()).at(Place::path(file)));
    failures.chain(notes).collect()
}
