//! The result of parsing.

use std::ops::Range;

use rowan::GreenNode;

use super::kind::SyntaxNode;

/// A text as a tree, with its mistakes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parsed {
    pub(super) green: GreenNode,
    /// The mistakes, in the order of the text.
    pub errors: Vec<SyntaxError>,
}

impl Parsed {
    /// Returns the tree of the file.
    pub fn tree(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.green.clone())
    }
}

/// Something that can't be where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyntaxError {
    /// The expected and the found text.
    pub message: String,
    /// The bytes of what was found.
    pub range: Range<usize>,
}
