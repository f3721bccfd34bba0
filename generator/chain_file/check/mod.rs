//! The rules between the parts of the file.

use super::contents::Contents;
use super::setting::Text;
use crate::diagnostic::Diagnostic;

mod chains;
mod cycles;
mod listeners;
mod members;
mod names;
mod origins;
mod routes;
mod tracing;
mod unused;

/// Returns all problems.
pub(super) fn problems(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let checks = [
        names::check,
        members::check,
        chains::check,
        cycles::check,
        routes::check,
        origins::check,
        listeners::check,
        tracing::check,
    ];
    checks.iter().flat_map(|check| check(contents, text)).collect()
}

/// Returns what nothing uses.
pub(super) fn warnings(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    unused::check(contents, text)
}
