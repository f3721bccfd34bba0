//! How tokens are spelled.

use crate::model::keyword::is_keyword;
use crate::syntax::SyntaxToken;

/// Returns the text of a token; that of a name without a `%` that it doesn't need.
pub(super) fn text_of(token: &SyntaxToken) -> &str {
    let text = token.text();
    match text.strip_prefix('%') {
        Some(name) if !needs_escape(name) => name,
        _ => text,
    }
}

/// Whether a name needs a `%` before it.
fn needs_escape(name: &str) -> bool {
    is_keyword(name) || !name.starts_with(|first: char| first.is_ascii_alphabetic())
}
