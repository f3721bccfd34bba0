//! Identifiers of Rust, from names in WIT and in paths that users give.

use heck::ToSnakeCase;
use wit_bindgen_rust::to_rust_ident;

/// Returns the name of a module, function, field or parameter: in snake case, with an underscore after a
/// keyword.
///
/// wit-bindgen's own function escapes the keywords before edition 2024, which has `gen` too, and no names in upper
/// case.
pub(crate) fn ident(name: &str) -> String {
    match &*name.to_snake_case() {
        "gen" => "gen_".to_owned(),
        name => to_rust_ident(name),
    }
}

/// Whether [`ident`] escapes a name that wit-bindgen doesn't.
pub(in crate::emit) fn is_escaped(name: &str) -> bool {
    ident(name) != to_rust_ident(name)
}

/// Whether a part of a path is an identifier that isn't a keyword.
pub fn is_identifier(part: &str) -> bool {
    let mut chars = part.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
        && !["_", "Self"].contains(&part)
        && ident(part) != format!("{part}_")
}
