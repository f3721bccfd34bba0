//! Items that are over a bound.

use wit_parser::Span;

use crate::diagnostic::Diagnostic;

/// An item that is over a bound.
pub(crate) struct Excess {
    /// The problem, without a place.
    pub failure: Diagnostic,
    /// The group of files that the item is in, in the order in which the groups were added.
    pub group: usize,
    /// Where it is in that group's files.
    pub span: Span,
}
