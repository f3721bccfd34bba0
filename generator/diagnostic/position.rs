//! Ranges of source texts: where items are written, and what diagnostics point at.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A source text, and the path that users know it by.
pub struct SourceFile {
    path: Arc<str>,
    text: Arc<str>,
    /// The starts of lines, computed on first use; most files don't need them.
    line_starts: OnceLock<Vec<usize>>,
    /// The number of characters before each multiple of [`CHARACTERS_EVERY`]; only needed for files with long lines.
    characters: OnceLock<Vec<usize>>,
}

/// The distance in bytes of places up to which the characters of a file are counted.
const CHARACTERS_EVERY: usize = 1024;

impl SourceFile {
    /// Makes a source file of a text that has been read.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        SourceFile {
            path: path.into(),
            text: text.into(),
            line_starts: OnceLock::new(),
            characters: OnceLock::new(),
        }
    }

    /// Returns the path as the user would type it.
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// Returns the whole text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Returns the number of the line that a byte is in, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.line_starts().partition_point(|start| *start <= at)
    }

    /// Returns the range of a line by its number, from 1, with its line break; an empty one after the last
    /// line.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let start = |line: usize| self.line_starts().get(line).copied();
        let end = self.text.len();
        start(line - 1).unwrap_or(end)..start(line).unwrap_or(end)
    }

    /// Returns the line and the column of a byte, both from 1, the column in characters.
    pub(crate) fn line_and_column(&self, at: usize) -> (usize, usize) {
        let line = self.line(at);
        let start = self.line_range(line).start;
        // A line may be as long as the file, and have a finding at every word.
        let column = if at - start > CHARACTERS_EVERY {
            self.characters_before(at) - self.characters_before(start)
        } else {
            self.text[start..at].chars().count()
        };
        (line, column + 1)
    }

    fn characters_before(&self, at: usize) -> usize {
        let text = self.text.as_bytes();
        let starting = |bytes: &[u8]| {
            // The other bytes of a character begin with the bits 10 (RFC 3629, 3).
            bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
        };
        let counted = self.characters.get_or_init(|| {
            let mut total = 0;
            let sums = text.chunks(CHARACTERS_EVERY).map(|bytes| {
                total += starting(bytes);
                total
            });
            std::iter::once(0).chain(sums).collect()
        });
        let last = at / CHARACTERS_EVERY;
        counted[last] + starting(&text[last * CHARACTERS_EVERY..at])
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(newlines).collect()
        })
    }
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, &self.text) == (&other.path, &other.text)
    }
}

impl Eq for SourceFile {}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// A range of bytes in a source text. Positions are ordered by path, then by range.
///
/// It serialises to its path and to the line and column that it starts at, both from 1, the column in
/// bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Position {
    file: Arc<SourceFile>,
    range: Range<usize>,
}

impl Position {
    /// Makes a position; a range outside of the text is moved to the nearest characters.
    pub fn new(file: Arc<SourceFile>, range: Range<usize>) -> Self {
        let text = file.text();
        let start = text.floor_char_boundary(range.start);
        let end = text.ceil_char_boundary(range.end).max(start);
        Position {
            file,
            range: start..end,
        }
    }

    /// Returns the file.
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// Returns the file's path.
    pub fn path(&self) -> &Arc<str> {
        self.file.path()
    }

    /// Returns the range of bytes, both ends on character boundaries.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Returns the byte that the range starts at.
    pub fn start(&self) -> usize {
        self.range.start
    }

    /// Returns the line that the range starts in, from 1.
    pub fn line(&self) -> usize {
        self.file.line(self.range.start)
    }

    /// Returns the column in bytes that the range starts at, from 1.
    pub fn column(&self) -> usize {
        self.range.start - self.file.line_range(self.line()).start + 1
    }

    /// Returns the line and the column of the start, both from 1, the column in characters.
    pub(crate) fn start_for_people(&self) -> (usize, usize) {
        self.file.line_and_column(self.range.start)
    }

    /// Returns the line and the column of the end, both from 1, the column in characters.
    pub(crate) fn end_for_people(&self) -> (usize, usize) {
        self.file.line_and_column(self.range.end)
    }

    /// Whether another range starts in this one.
    pub(crate) fn contains(&self, other: &Position) -> bool {
        self.path() == other.path() && self.range.contains(&other.range.start)
    }

    fn order(&self) -> (&str, usize, usize) {
        (self.path(), self.range.start, self.range.end)
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Position {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{:?}]", self.path(), self.range)
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Position", 3)?;
        fields.serialize_field("file", self.path())?;
        fields.serialize_field("line", &self.line())?;
        fields.serialize_field("column", &self.column())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let (a, b) = (
            SourceFile::new("a.wit", "ä\nb\n"),
            SourceFile::new("b.wit", "\r\nc"),
        );
        for (file, at, expected) in [
            (&a, 0, (1, 1)),
            (&a, 2, (1, 2)),
            (&a, 3, (2, 1)),
            (&b, 2, (2, 1)),
            (&a, 5, (3, 1)),
            (&b, 3, (2, 2)),
        ] {
            assert_eq!(file.line_and_column(at), expected, "{file:?} {at}");
        }
        assert_eq!(a.line_range(2), 3..5);
        assert_eq!(a.line_range(4), 5..5);
    }

    #[test]
    fn columns_of_long_lines_are_counted_in_characters() {
        let text = format!("x\n{}\n", "aä€𝄞".repeat(2000));
        let file = SourceFile::new("a.wit", text.as_str());
        let line = file.line_range(2).start;
        for (column, (at, _)) in text[line..].char_indices().enumerate() {
            assert_eq!(file.line_and_column(line + at), (2, column + 1));
        }
        assert_eq!(file.line_and_column(text.len()), (3, 1));
    }

    #[test]
    fn a_position_serialises_to_its_start_in_bytes() {
        let file = Arc::new(SourceFile::new("a.wit", "b\näc"));
        let position = Position::new(file, 4..5);
        let json = serde_json::to_string(&position).unwrap();
        assert_eq!(json, r#"{"file":"a.wit","line":2,"column":3}"#);
        assert_eq!(position.start_for_people(), (2, 2));
        assert_eq!(position.end_for_people(), (2, 3));
    }

    #[test]
    fn a_range_outside_of_the_text_is_moved_into_it() {
        let file = Arc::new(SourceFile::new("a.wit", "ä"));
        assert_eq!(Position::new(file.clone(), 1..1).range(), 0..2);
        assert_eq!(Position::new(file, 5..9).range(), 2..2);
    }
}
