//! Comments of WIT text: which of them document, and how the others are taken out before the text is parsed.

use std::borrow::Cow;

/// A comment that a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Whether it documents: `///` or `/** */`, but neither `////` nor `/***`, which rule off.
    pub is_docs: bool,
    /// The length in bytes, without the end of the line.
    pub length: usize,
    /// Whether it has an end; a block comment may lack one.
    is_closed: bool,
}

impl Comment {
    /// Returns the comment that a text begins with.
    pub fn at_start(text: &str) -> Option<Self> {
        if text.starts_with("//") {
            return Some(Comment {
                is_docs: text.starts_with("///") && !text.starts_with("////"),
                length: text.find('\n').unwrap_or(text.len()),
                is_closed: true,
            });
        }
        if !text.starts_with("/*") {
            return None;
        }
        let (length, is_closed) = block_comment(text);
        let is_plain = text.starts_with("/**/") || text.starts_with("/***");
        Some(Comment {
            is_docs: text.starts_with("/**") && !is_plain,
            length,
            is_closed,
        })
    }
}

/// Returns the length of the block comment that a text begins with, and whether it ends; comments nest.
fn block_comment(text: &str) -> (usize, bool) {
    let mut open = 0;
    let mut at = 0;
    while at < text.len() {
        at += match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                open += 1;
                2
            }
            [b'*', b'/', ..] => {
                open -= 1;
                2
            }
            _ => 1,
        };
        if open == 0 {
            return (at, true);
        }
    }
    (at, false)
}

/// Returns the length of the string literal that a text begins with; one without an end reaches to that of the
/// text.
pub(crate) fn string_literal(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return at + 1,
            '\\' => {
                chars.next();
            }
            _ => {}
        }
    }
    text.len()
}

/// Returns a text with blanks in place of the comments that don't document. Every other character keeps its
/// position.
///
/// wit-parser treats each comment above an item as its documentation, even one that follows the previous item on its line.
pub(super) fn without_plain_comments(text: &str) -> Cow<'_, str> {
    let mut blanked = String::new();
    // Up to where the text is in `blanked`.
    let mut copied = 0;
    let mut at = 0;
    while let Some(next) = text[at..].find(['/', '"']) {
        at += next;
        let rest = &text[at..];
        let Some(comment) = Comment::at_start(rest) else {
            at += if rest.starts_with('"') {
                string_literal(rest)
            } else {
                1
            };
            continue;
        };
        let end = at + comment.length;
        // The parser reports a comment without an end.
        if !comment.is_docs && comment.is_closed {
            blanked.push_str(&text[copied..at]);
            blank(&text[at..end], &mut blanked);
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    blanked.push_str(&text[copied..]);
    Cow::Owned(blanked)
}

/// Appends as many blanks as a comment has bytes. Ends of lines stay, and characters that WIT rejects wherever
/// they are, so that the parser reports them.
fn blank(comment: &str, blanked: &mut String) {
    let mut chars = comment.chars().peekable();
    while let Some(c) = chars.next() {
        let is_line_end = c == '\n' || (c == '\r' && chars.peek() == Some(&'\n'));
        if is_line_end || is_rejected(c) {
            blanked.push(c);
        } else {
            blanked.extend(std::iter::repeat_n(' ', c.len_utf8()));
        }
    }
}

/// Whether WIT text can't contain a character, even in comments: control characters, those that change the
/// direction of text, and those that Unicode deprecates or discourages.
fn is_rejected(c: char) -> bool {
    let is_space = matches!(c, '\n' | '\r' | '\t');
    let is_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_deprecated = matches!(
        c,
        '\u{149}'
            | '\u{673}'
            | '\u{f77}'
            | '\u{f79}'
            | '\u{17a3}'
            | '\u{17a4}'
            | '\u{17b4}'
            | '\u{17b5}'
    );
    (c.is_control() && !is_space) || is_direction || is_deprecated
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_comments_that_document_stay() {
        for (text, left) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b\r\n * c */d", "a     \r\n       d"),
            ("/// a\n//// b\n//", "/// a\n      \n  "),
            ("/** a */ /*** b */ /**/", "/** a */               "),
            ("/* /* a */ b */c", "               c"),
            ("// ä\n", "     \n"),
            ("\"//a\\\"//\" // b", "\"//a\\\"//\"     "),
            ("/// // a\n/** // */ b", "/// // a\n/** // */ b"),
            ("a / b * c", "a / b * c"),
            // What the parser rejects stays for it to reject.
            ("/* a", "/* a"),
            ("/* a */ /* /* b */", "        /* /* b */"),
            ("// \u{202e}\u{7}\r", "   \u{202e}\u{7} "),
        ] {
            assert_eq!(without_plain_comments(text), left, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn positions_and_lines_stay(text in "[ -~]{0,8}([/*\"\\\\\r\n\u{e4}\u{202e}a]|//|/\\*|\\*/){0,40}") {
            let blanked = without_plain_comments(&text);
            prop_assert_eq!(blanked.len(), text.len());
            let ends = |text: &str| -> Vec<usize> {
                text.match_indices('\n').map(|(at, _)| at).collect()
            };
            prop_assert_eq!(ends(&blanked), ends(&text));
            prop_assert_eq!(without_plain_comments(&blanked), blanked.as_ref());
        }
    }
}
