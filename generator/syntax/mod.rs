//! Lossless syntax trees of WIT: every byte of a text is in its tree, comments and mistakes included.
//!
//! The formatter and the language server read them. The resolution of names and types reads the parser's own result, which has
//! no comments and exists for valid text only.
//!
//! ```
//! use witgen::syntax::{SyntaxKind, parse};
//!
//! let text = "interface i { f: func(); /* why */ }";
//! let parsed = parse(text);
//! assert_eq!(parsed.tree().to_string(), text);
//! assert!(parsed.errors.is_empty());
//! let mut nodes = parsed.tree().descendants();
//! assert!(nodes.any(|node| node.kind() == SyntaxKind::NamedFunction));
//! ```

mod kind;
mod lexer;
mod parsed;
mod parser;

pub use kind::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken, Wit};
pub use parsed::{Parsed, SyntaxError};

/// Returns the tokens of a text, which together are the text.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = (SyntaxKind, &str)> {
    let mut rest = text;
    lexer::tokens(text).into_iter().map(move |token| {
        let (token_text, after) = rest.split_at(token.length);
        rest = after;
        (token.kind, token_text)
    })
}

/// The names of gates, in the order of the normal form.
pub(crate) const GATES: [&str; 4] = ["since", "unstable", "deprecated", "external-id"];

/// Words after which an item's name follows.
pub(crate) const DECLARATIONS: [&str; 8] = [
    "interface",
    "world",
    "record",
    "variant",
    "enum",
    "flags",
    "resource",
    "type",
];

/// Whether a word is a built-in type, such as `u8` and `list`.
pub(crate) fn is_built_in_type(word: &str) -> bool {
    parser::is_built_in_type(word)
}

/// Parses a file. The tree of an invalid one contains what could be understood.
pub fn parse(text: &str) -> Parsed {
    parser::parse(text)
}
