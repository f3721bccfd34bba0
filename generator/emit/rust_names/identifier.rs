//! Identifiers in paths that users give.

use wit_bindgen_rust::to_rust_ident;

/// Whether a part of a path is an identifier that isn't a keyword.
///
/// wit-bindgen escapes the keywords before edition 2024, which has `gen` too.
pub fn is_identifier(part: &str) -> bool {
    let mut chars = part.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
        && !["_", "Self", "gen"].contains(&part)
        && to_rust_ident(part) != format!("{part}_")
}
