//! Valid WIT that a generator of Rust cannot turn into Rust, and the message that reports it.
//!
//! Guest and host glue use different generators. Each has cases of its own, which look at a world
//! and return findings.

use std::collections::HashSet;

use wit_parser::Span;

use super::world::World;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::source::Package;

/// Something that the generator doesn't support.
pub(super) struct Finding {
    /// One sentence: which item, and what about it.
    pub text: String,
    pub span: Span,
}

/// Fails with `failure` and all findings, if there are any.
///
/// The world's items may be a copy of the package's, with fewer of them, if they come from the same
/// source.
pub(super) fn refuse(
    package: &Package,
    world: &World<'_>,
    findings: Vec<Finding>,
    mut failure: Diagnostic,
) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let of_world = world.resolve.worlds[world.id].span;
    let mut seen = HashSet::new();
    for finding in findings {
        // An item that the world includes has no position in the world.
        let span = if finding.span.is_known() {
            finding.span
        } else {
            of_world
        };
        if let Some(position) = package.locate(span) {
            let is_new = seen.insert(format!("{position:?}"));
            if is_new {
                failure = failure.at(Place::Source(position));
            }
        }
        if seen.insert(finding.text.clone()) {
            failure = failure.help(finding.text);
        }
    }
    Err(failure.into())
}
