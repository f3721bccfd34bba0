//! Documents: texts with their trees, and positions in them.

use std::ops::Range;
use std::sync::Arc;

use line_index::{LineIndex, TextSize, WideEncoding, WideLineCol};
use lsp_types::{Position, TextDocumentContentChangeEvent};

use crate::syntax::{Parsed, SyntaxNode, parse};

/// How a client counts characters of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    #[default]
    Utf16,
}

impl Encoding {
    /// Returns how many units a text has.
    pub fn length(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// A text with its tree.
pub(super) struct Document {
    pub text: Arc<str>,
    pub parsed: Parsed,
    lines: LineIndex,
}

impl Document {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        Document {
            parsed: parse(&text),
            lines: lines_of(&text),
            text,
        }
    }

    pub fn tree(&self) -> SyntaxNode {
        self.parsed.tree()
    }

    /// Returns the byte of a position; of one that doesn't exist, the nearest one.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        offset(&self.text, &self.lines, position, encoding)
    }

    /// Returns the position of a byte.
    pub fn position(&self, offset: usize, encoding: Encoding) -> Position {
        position(&self.text, &self.lines, offset, encoding)
    }

    pub fn range(&self, range: &Range<usize>, encoding: Encoding) -> lsp_types::Range {
        lsp_types::Range {
            start: self.position(range.start, encoding),
            end: self.position(range.end, encoding),
        }
    }
}

/// Returns the range of bytes of a text that isn't WIT, or isn't open.
pub(super) fn range_in(text: &str, range: &Range<usize>, encoding: Encoding) -> lsp_types::Range {
    let lines = lines_of(text);
    lsp_types::Range {
        start: position(text, &lines, range.start, encoding),
        end: position(text, &lines, range.end, encoding),
    }
}

/// Returns the lines of a text. The protocol has three line ends, of which the index knows those with `\n`.
fn lines_of(text: &str) -> LineIndex {
    let is_lone = |(at, _): &(usize, &str)| !text[at + 1..].starts_with('\n');
    if !text.match_indices('\r').any(|found| is_lone(&found)) {
        return LineIndex::new(text);
    }
    let marked = text.replace("\r\n", "\0\n").replace('\r', "\n");
    LineIndex::new(&marked)
}

fn position(text: &str, lines: &LineIndex, offset: usize, encoding: Encoding) -> Position {
    let offset = text.floor_char_boundary(offset);
    let size = TextSize::try_from(offset).unwrap_or_default();
    let column = lines.line_col(size);
    let wide = match encoding {
        Encoding::Utf8 => None,
        Encoding::Utf16 => lines.to_wide(WideEncoding::Utf16, column),
    };
    let wide = wide.unwrap_or(WideLineCol {
        line: column.line,
        col: column.col,
    });
    Position::new(wide.line, wide.col)
}

/// Returns a text after edits, one after the other; a range that doesn't exist is the nearest one that does.
pub(super) fn edited(
    text: &str,
    changes: &[TextDocumentContentChangeEvent],
    encoding: Encoding,
) -> String {
    let mut text = text.to_owned();
    for change in changes {
        let Some(range) = change.range else {
            text.clone_from(&change.text);
            continue;
        };
        let lines = lines_of(&text);
        let start = offset(&text, &lines, range.start, encoding);
        let end = offset(&text, &lines, range.end, encoding).max(start);
        text.replace_range(start..end, &change.text);
    }
    text
}

fn offset(text: &str, lines: &LineIndex, position: Position, encoding: Encoding) -> usize {
    let Some(line) = lines.line(position.line) else {
        return text.len();
    };
    let range = usize::from(line.start())..usize::from(line.end()).min(text.len());
    let line = text[range.clone()].trim_end_matches(['\n', '\r']);
    let mut column = position.character as usize;
    for (at, char) in line.char_indices() {
        let width = encoding.length(char.encode_utf8(&mut [0; 4]));
        if column < width {
            return range.start + at;
        }
        column -= width;
    }
    range.start + line.len()
}

/// Returns the bytes of a node or a token.
pub(super) fn bytes(range: rowan::TextRange) -> Range<usize> {
    usize::from(range.start())..usize::from(range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_as_the_client_does() {
        let document = Document::new("aé𝄞b\r\nc\n");
        let at = |line, character| Position::new(line, character);
        for (offset, utf8, utf16) in [(1, 1, 1), (3, 3, 2), (7, 7, 4), (8, 8, 5)] {
            assert_eq!(document.position(offset, Encoding::Utf8), at(0, utf8));
            assert_eq!(document.position(offset, Encoding::Utf16), at(0, utf16));
            assert_eq!(document.offset(at(0, utf8), Encoding::Utf8), offset);
            assert_eq!(document.offset(at(0, utf16), Encoding::Utf16), offset);
        }
        // In the middle of a character, behind a line, and behind the text.
        assert_eq!(document.offset(at(0, 3), Encoding::Utf16), 3);
        assert_eq!(document.offset(at(0, 99), Encoding::Utf16), 8);
        assert_eq!(
            document.offset(at(99, 0), Encoding::Utf16),
            document.text.len()
        );
    }

    #[test]
    fn a_line_ends_in_a_line_feed_a_carriage_return_or_both() {
        let text = "a\rbé\r\r\nc\nd\r\ne";
        let document = Document::new(text);
        let starts = ["a", "bé", "\r\n", "c", "d", "e"];
        for (line, start) in starts.into_iter().enumerate() {
            let at = Position::new(u32::try_from(line).unwrap(), 0);
            let offset = document.offset(at, Encoding::Utf16);
            assert!(text[offset..].starts_with(start), "{line}");
            assert_eq!(document.position(offset, Encoding::Utf16), at);
        }
        let end = document.offset(Position::new(1, 99), Encoding::Utf16);
        assert_eq!(&text[..end], "a\rbé");
        let change = TextDocumentContentChangeEvent {
            range: Some(lsp_types::Range::new(
                Position::new(3, 0),
                Position::new(3, 1),
            )),
            range_length: None,
            text: "x".to_owned(),
        };
        let text = edited(text, &[change], Encoding::Utf16);
        assert_eq!(text, "a\rbé\r\r\nx\nd\r\ne");
    }
}
