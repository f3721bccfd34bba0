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

/// Returns all problems. The contents lack the wrong values of `incomplete` tables, so these may seem to be empty.
pub(super) fn problems(contents: &Contents, text: &Text, incomplete: &[usize]) -> Vec<Diagnostic> {
    let of_values = [
        names::check,
        members::check,
        cycles::check,
        listeners::check,
        tracing::check,
    ];
    let of_tables = [chains::check, routes::check, origins::check];
    let is_of_complete =
        |problem: &Diagnostic| text.tables(problem).iter().all(|table| !incomplete.contains(table));
    let of_values = of_values.iter().flat_map(|check| check(contents, text));
    let of_tables = of_tables.iter().flat_map(|check| check(contents, text));
    of_values.chain(of_tables.filter(is_of_complete)).collect()
}

/// Returns what nothing uses.
pub(super) fn warnings(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    unused::check(contents, text)
}
