//! How tokens are spelled.

use crate::model::keyword::is_keyword;

/// Returns how a token is written: a name without a `%` that it doesn't need.
pub(super) fn text_of(text: &str) -> &str {
    match text.strip_prefix('%') {
        Some(name) if !is_keyword(name) => name,
        _ => text,
    }
}

/// Returns the text of a comment. A carriage return at its end would become a part of the line break.
pub(super) fn comment_text(text: &str) -> &str {
    if text.starts_with("//") {
        text.trim_end_matches('\r')
    } else {
        text
    }
}
