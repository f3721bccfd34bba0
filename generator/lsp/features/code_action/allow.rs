//! Lets a finding of lint pass, with a comment above the line.

use super::problem::{Fix, Problem};
use crate::lint;

pub(super) fn here(problem: &Problem<'_>) -> Option<Fix> {
    let code = problem.code()?;
    lint::rule(code).ok()?;
    let mut start = problem.diagnostic.range.start;
    start.character = 0;
    let offset = problem.document.offset(start, problem.encoding);
    let (indent, newline) = (problem.indent(offset), problem.newline());
    let comment = format!("{indent}// witgen-allow {code}{newline}");
    Some(Fix::edit(
        format!("Allow `{code}` here"),
        problem.insertion(offset, comment),
    ))
}
