//! How tokens are spelled.

use crate::model::keyword::is_keyword;

/// Returns how a token is written: a name without a `%` that it doesn't need.
pub(super) fn text_of(text: &str) -> &str {
    match text.strip_prefix('%') {
        Some(name) if !is_keyword(name) => name,
        _ => text,
    }
}

/// Returns the text of a comment. A trailing carriage return would become a part of the line break.
pub(super) fn comment_text(text: &str) -> &str {
    if text.starts_with("//") {
        text.trim_end_matches('\r')
    } else {
        text
    }
}

/// Whether a comment is documentation, whose text is a part of the package.
pub(super) fn is_documentation(text: &str) -> bool {
    text.starts_with("///") || text.starts_with("/**")
}

/// Returns a block comment of several lines at another place, with its lines as they are relative to the line it begins in:
/// `old` is the white space at the beginning of that line, and `new` what is there now. Documentation stays as it is.
pub(super) fn moved(text: &str, old: &str, new: &str) -> String {
    if old == new || is_documentation(text) || !text.starts_with("/*") || !text.contains('\n') {
        return text.to_owned();
    }
    let is_blank = |line: &&str| line.trim().is_empty();
    let inner = || text.lines().skip(1).filter(|line| !is_blank(line));
    let common_with =
        |line: &str| old.bytes().zip(line.bytes()).take_while(|(a, b)| a == b).count();
    let common = inner().map(common_with).min().unwrap_or(0);
    let indent = " ".repeat(new.len().saturating_sub(old.len() - common));
    let lines = text.split('\n').enumerate().map(|(number, line)| {
        if number == 0 || is_blank(&line) {
            line.to_owned()
        } else {
            format!("{indent}{}", &line[common..])
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
