//! A problem, and what mends it.

use std::rc::Rc;

use lsp_types::{Command, Diagnostic, NumberOrString, Position, Range, TextEdit, Uri};

use crate::lsp::document::{Document, Encoding};
use crate::lsp::index::Index;

/// A problem in a document.
pub(super) struct Problem<'a> {
    pub diagnostic: &'a Diagnostic,
    pub uri: &'a Uri,
    pub document: &'a Document,
    /// The names of the document's package, and the number of the document there.
    pub index: Option<(Rc<Index>, usize)>,
    pub encoding: Encoding,
}

/// The fix of a problem: edits of its document, or a command.
pub(super) struct Fix {
    pub title: String,
    pub edits: Vec<TextEdit>,
    pub command: Option<Command>,
}

impl Problem<'_> {
    /// Returns the code of the problem.
    pub fn code(&self) -> Option<&str> {
        match &self.diagnostic.code {
            Some(NumberOrString::String(code)) => Some(code),
            _ => None,
        }
    }

    /// Returns the bytes at which the problem begins and ends.
    pub fn bytes(&self) -> (usize, usize) {
        let offset = |position| self.document.offset(position, self.encoding);
        (
            offset(self.diagnostic.range.start),
            offset(self.diagnostic.range.end),
        )
    }

    /// Returns the edit that inserts a text before a byte.
    pub fn insertion(&self, at: usize, text: String) -> TextEdit {
        let position = self.document.position(at, self.encoding);
        TextEdit::new(Range::new(position, position), text)
    }

    /// Returns the white space that the line of a byte begins with.
    pub fn indent(&self, at: usize) -> &str {
        let position = self.document.position(at, self.encoding);
        let start = Position::new(position.line, 0);
        let line = &self.document.text[self.document.offset(start, self.encoding)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Returns the line break of the document.
    pub fn newline(&self) -> &'static str {
        let text = &self.document.text;
        let is_crlf = text.find('\n').is_some_and(|end| text[..end].ends_with('\r'));
        if is_crlf { "\r\n" } else { "\n" }
    }
}

impl Fix {
    /// Returns a fix of one edit.
    pub fn edit(title: String, edit: TextEdit) -> Self {
        Fix {
            title,
            edits: vec![edit],
            command: None,
        }
    }
}
