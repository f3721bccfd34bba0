//! Mistakes in characters and words, which wit-parser finds before it looks at the grammar.

use crate::syntax::parsed::SyntaxError;

/// Returns the first character that no WIT file may contain.
///
/// Control characters and those that change the direction of text make a text look like another one (CVE-2021-42574);
/// the others are deprecated in Unicode.
pub(super) fn forbidden_character(text: &str) -> Option<SyntaxError> {
    let (start, char) = text.char_indices().find(|(_, char)| is_forbidden(*char))?;
    Some(SyntaxError {
        message: format!("the character U+{:04X} can't be in WIT", u32::from(char)),
        range: start..start + char.len_utf8(),
    })
}

fn is_forbidden(char: char) -> bool {
    match char {
        '\n' | '\r' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{149}' | '\u{673}' | '\u{f77}' | '\u{f79}' | '\u{17a3}' | '\u{17a4}' | '\u{17b4}'
        | '\u{17b5}' => true,
        char => char.is_control(),
    }
}

/// Returns why a name isn't one (`label` in the WIT specification); `name` is without its `%`.
pub(super) fn mistake_in_name(name: &str) -> Option<String> {
    if !name.starts_with(|char: char| char.is_ascii_alphabetic()) {
        return Some("a name begins with a letter".to_owned());
    }
    let is_part = |part: &str| {
        let letters = || part.chars().filter(|char| !char.is_ascii_digit());
        let is_one_case = letters().all(|char| char.is_ascii_lowercase())
            || letters().all(|char| char.is_ascii_uppercase());
        !part.is_empty() && is_one_case
    };
    (!name.split('-').all(is_part)).then(|| {
        format!(
            "`{name}` is not a name: its words are joined by single hyphens, and consist of digits and letters of one case"
        )
    })
}
