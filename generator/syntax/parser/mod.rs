//! A parser that goes on after mistakes.
//!
//! Each function parses one construct of the [WIT specification], and expects what wit-parser expects, so that both find
//! the same first mistake.
//!
//! [WIT specification]: https://github.com/WebAssembly/component-model/blob/main/design/mvp/WIT.md

use std::ops::Range;

use rowan::{GreenNodeBuilder, Language as _};

use super::kind::{SyntaxKind, Wit};
use super::lexer::{self, Token};
use super::parsed::{Parsed, SyntaxError};
use crate::model::keyword::is_keyword;

mod functions;
mod items;
mod lists;
mod names;
mod text;
mod types;

pub(super) use types::is_built_in as is_built_in_type;

/// Parses a file.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parser = Parser::new(text);
    parser.file();
    Parsed {
        green: parser.builder.finish(),
        errors: parser.errors,
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// The positions in `tokens` of those that mean something.
    significant: Vec<usize>,
    /// The next of `significant`.
    next: usize,
    /// The next of `tokens` that isn't in the tree yet, and where it begins in the text.
    written: usize,
    offset: usize,
    builder: GreenNodeBuilder<'static>,
    errors: Vec<SyntaxError>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let tokens = lexer::tokens(text);
        let significant = tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| !token.kind.is_trivia())
            .map(|(index, _)| index)
            .collect();
        Parser {
            text,
            tokens,
            significant,
            next: 0,
            written: 0,
            offset: 0,
            builder: GreenNodeBuilder::new(),
            errors: text::forbidden_character(text).into_iter().collect(),
        }
    }

    /// Returns the kind of a token ahead; none at the end of the file.
    fn nth(&self, ahead: usize) -> Option<SyntaxKind> {
        let index = *self.significant.get(self.next + ahead)?;
        Some(self.tokens[index].kind)
    }

    /// Returns the text of a token ahead.
    fn nth_text(&self, ahead: usize) -> &'a str {
        self.range(ahead).map_or("", |range| &self.text[range])
    }

    /// Returns the bytes of a token ahead. Passes over the tokens before it, which are those of an item's gates at most.
    fn range(&self, ahead: usize) -> Option<Range<usize>> {
        let index = *self.significant.get(self.next + ahead)?;
        let before = self.tokens[self.written..index].iter();
        let start = self.offset + before.map(|token| token.length).sum::<usize>();
        Some(start..start + self.tokens[index].length)
    }

    fn is_at(&self, kind: SyntaxKind) -> bool {
        self.nth(0) == Some(kind)
    }

    fn is_at_end(&self) -> bool {
        self.nth(0).is_none()
    }

    /// Whether the next token is this keyword.
    fn is_at_word(&self, word: &str) -> bool {
        self.nth_is_word(0, word)
    }

    fn nth_is_word(&self, ahead: usize, word: &str) -> bool {
        self.nth(ahead) == Some(SyntaxKind::Word) && self.nth_text(ahead) == word
    }

    /// Whether a token ahead is a name: a word that is no keyword, or one with `%`.
    fn nth_is_name(&self, ahead: usize) -> bool {
        match self.nth(ahead) {
            Some(SyntaxKind::EscapedWord) => true,
            Some(SyntaxKind::Word) => {
                let text = self.nth_text(ahead);
                !is_keyword(text) && text != "_"
            }
            _ => false,
        }
    }

    fn start(&mut self, kind: SyntaxKind) {
        self.builder.start_node(Wit::kind_to_raw(kind));
    }

    fn finish(&mut self) {
        self.builder.finish_node();
    }

    /// Adds the next tokens to the tree, up to this one of `tokens`.
    fn write_to(&mut self, end: usize) {
        while self.written < end {
            let token = self.tokens[self.written];
            let range = self.offset..self.offset + token.length;
            self.builder.token(Wit::kind_to_raw(token.kind), &self.text[range]);
            self.offset += token.length;
            self.written += 1;
        }
    }

    /// Adds the white space and the comments before the next token.
    fn trivia(&mut self) {
        let end = self.significant.get(self.next).copied();
        self.write_to(end.unwrap_or(self.tokens.len()));
    }

    /// Adds the white space before the next comment or token, and the comments that end the line.
    fn line_end(&mut self) {
        let end = self.significant.get(self.next).copied().unwrap_or(self.tokens.len());
        while self.written < end {
            let token = self.tokens[self.written];
            let text = &self.text[self.offset..self.offset + token.length];
            if token.kind == SyntaxKind::Whitespace && text.contains('\n') {
                break;
            }
            self.write_to(self.written + 1);
        }
        if self.written < end && self.tokens[self.written].kind == SyntaxKind::Whitespace {
            self.write_to(self.written + 1);
        }
    }

    /// Adds the next token, with what is before it.
    fn bump(&mut self) {
        if let Some(index) = self.significant.get(self.next) {
            self.write_to(index + 1);
            self.next += 1;
        }
    }

    /// Adds the next token if it is of this kind.
    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let is_there = self.is_at(kind);
        if is_there {
            self.bump();
        }
        is_there
    }

    /// Adds the next token if it is this keyword.
    fn eat_word(&mut self, word: &str) -> bool {
        let is_there = self.is_at_word(word);
        if is_there {
            self.bump();
        }
        is_there
    }

    /// Adds a token of this kind, or reports that it is missing.
    fn expect(&mut self, kind: SyntaxKind) -> bool {
        let is_there = self.eat(kind);
        if !is_there {
            self.error(kind.description());
        }
        is_there
    }

    /// Reports that something else was expected than the next token.
    fn error(&mut self, expected: &str) {
        let found = match self.nth(0) {
            None => "the end of the file".to_owned(),
            Some(SyntaxKind::Word) => match self.nth_text(0) {
                text if is_keyword(text) => format!("keyword `{text}`"),
                text => format!("`{text}`"),
            },
            Some(_) => {
                let text = self.nth_text(0);
                let line = text.lines().next().unwrap_or_default();
                format!("`{}`", line.chars().take(40).collect::<String>())
            }
        };
        self.report(format!("expected {expected}, found {found}"));
    }

    /// Reports a mistake at the next token. One token gets one message.
    fn report(&mut self, message: String) {
        let end = self.text.len();
        let range = self.range(0).unwrap_or(end..end);
        let is_open_string =
            self.is_at(SyntaxKind::Unknown) && self.text[range.start..].starts_with('"');
        let (message, range) = if is_open_string {
            let why = "a string ends on its line, with `\"`".to_owned();
            (why, range.end..range.end)
        } else {
            (message, range)
        };
        self.report_at(message, range);
    }

    fn report_at(&mut self, message: String, range: Range<usize>) {
        if self.errors.last().is_none_or(|last| last.range != range) {
            self.errors.push(SyntaxError { message, range });
        }
    }

    /// Passes over tokens that can't be understood, at least one, to where an item can begin: after a `;` or a whole
    /// `{ … }`, or before a `}`.
    fn skip_item(&mut self) {
        self.start(SyntaxKind::Error);
        let mut depth = 0_usize;
        let mut is_first = true;
        while let Some(kind) = self.nth(0) {
            let ends = match kind {
                SyntaxKind::RightBrace if depth == 0 => break,
                _ if depth == 0 && !is_first && self.begins_item() => break,
                SyntaxKind::LeftBrace => {
                    depth += 1;
                    false
                }
                SyntaxKind::RightBrace => {
                    depth -= 1;
                    depth == 0
                }
                SyntaxKind::Semicolon => depth == 0,
                _ => false,
            };
            self.bump();
            is_first = false;
            if ends {
                break;
            }
        }
        self.finish();
    }

    /// Whether the next token begins an item, and nothing else.
    fn begins_item(&self) -> bool {
        const WORDS: [&str; 12] = [
            "enum",
            "export",
            "flags",
            "import",
            "include",
            "interface",
            "package",
            "record",
            "resource",
            "type",
            "variant",
            "world",
        ];
        self.is_at(SyntaxKind::At) || WORDS.iter().any(|word| self.is_at_word(word))
    }
}
