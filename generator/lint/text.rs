//! Source text as rules see it: comments, gates and statements, of which the model knows nothing.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Position, SourceFile};
use crate::model::directive::{ALLOW, STABILIZE_NEXT};
use crate::source::{Comment, string_literal};

/// One file of the package.
#[derive(Debug)]
pub(super) struct File {
    pub source: Arc<SourceFile>,
    pub tokens: Vec<Token>,
    /// The brace that closes a block, by the one that opens it, and the other way round.
    braces: HashMap<usize, usize>,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
    /// How many parentheses and angle brackets are open around it.
    depth: usize,
}

/// The kinds of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A comment that documents.
    Docs,
    /// Another comment.
    Comment,
    /// One character, or the arrow.
    Sign(char),
}

impl File {
    pub fn new(source: Arc<SourceFile>) -> Self {
        let tokens = tokens(source.text());
        File {
            braces: braces(&tokens),
            source,
            tokens,
        }
    }

    pub fn text(&self) -> &str {
        self.source.text()
    }

    pub fn position(&self, range: Range<usize>) -> Position {
        Position::new(self.source.clone(), range)
    }

    /// The text of a token.
    pub fn text_of(&self, token: &Token) -> &str {
        &self.text()[token.range.clone()]
    }

    /// The first token at or behind a byte.
    pub fn token_at(&self, at: usize) -> usize {
        self.tokens.partition_point(|token| token.range.start < at)
    }

    /// The name that begins with a token and goes on without a blank: `wasi:cli/types@0.3.2`.
    pub fn path_at(&self, first: usize) -> Range<usize> {
        let start = self.tokens[first].range.start;
        let mut end = start;
        for token in &self.tokens[first..] {
            if token.range.start != end || !token.is_code() || token.ends_statement() {
                break;
            }
            end = token.range.end;
        }
        let path = self.text()[start..end].trim_end_matches('.');
        start..start + path.len()
    }

    /// A line by its number, from 1; empty after the last.
    pub fn line_text(&self, line: usize) -> &str {
        self.text()[self.source.line_range(line)].trim_end()
    }

    /// Returns the tokens between the braces of the item with its name at this place.
    pub fn block(&self, at: usize) -> Option<Range<usize>> {
        let first = self.token_at(at);
        let ends = |token: &&Token| matches!(token.kind, Kind::Sign('{' | ';' | '}'));
        let open = first + self.tokens[first..].iter().take_while(|t| !ends(t)).count();
        let close = self.braces.get(&open).filter(|close| **close > open)?;
        Some(open + 1..*close)
    }

    /// Returns the subject of a comment: the item below it, or the item that ends or begins on its line, with its documentation
    /// and all of its contents.
    pub fn about(&self, comment: usize) -> Option<Range<usize>> {
        let line = self.source.line(self.tokens[comment].range.start);
        let mut before = (0..comment)
            .rev()
            .map(|at| (at, &self.tokens[at]))
            .take_while(|(_, token)| self.source.line(token.range.end - 1) == line);
        match before.find(|(_, token)| token.is_code()) {
            Some((last, _)) => {
                let range = self.statement(last)?;
                Some(range.start.min(self.source.line_range(line).start)..range.end)
            }
            None => {
                let item = self.after_gates(comment);
                let begins = |token: &Token| token.is_code() && !token.ends_statement();
                self.tokens.get(item).filter(|token| begins(token))?;
                self.statement(item)
            }
        }
    }

    /// Whether a comment that neither documents nor is for tools stands above the item whose name starts at a
    /// byte.
    pub fn has_plain_comment(&self, at: usize) -> bool {
        let name = self.token_at(at);
        let last = self.tokens[..name].iter().rposition(Token::ends_statement);
        let line_before = last.map(|last| self.source.line(self.tokens[last].range.start));
        self.tokens[last.map_or(0, |last| last + 1)..name].iter().any(|token| {
            let text = self.text_of(token).trim_start_matches(['/', '*', ' ']);
            token.kind == Kind::Comment
                && ![ALLOW, STABILIZE_NEXT].iter().any(|it| text.starts_with(it))
                && Some(self.source.line(token.range.start)) != line_before
        })
    }

    /// Whether a documentation comment is between the item at a byte and the comma or parenthesis before it.
    pub fn has_docs_in_list(&self, at: usize) -> bool {
        let before = self.tokens[..self.token_at(at)].iter().rev();
        let mut own = before.take_while(|token| !matches!(token.kind, Kind::Sign(',' | '(')));
        own.any(|token| token.kind == Kind::Docs)
    }

    /// Returns the first token of an item after its documentation, comments and gates.
    pub fn after_gates(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(token) = self.tokens.get(at) {
            if !token.is_code() {
                at += 1;
            } else if token.kind == Kind::Sign('@') {
                at += 2;
                if self.is_sign(at, '(') {
                    let inside = |token: &Token| token.depth > 0;
                    at += 1;
                    at += self.tokens[at..].iter().take_while(|t| inside(t)).count() + 1;
                }
            } else {
                break;
            }
        }
        at
    }

    /// The token that ends the statement which begins at one: its semicolon, or the end of its block.
    pub fn statement_end(&self, at: usize) -> usize {
        let rest = (at..self.tokens.len()).find(|at| self.tokens[*at].ends_statement());
        let last = rest.unwrap_or(self.tokens.len());
        match self.braces.get(&last) {
            Some(close) if self.is_sign(last, '{') => *close,
            _ => last,
        }
    }

    pub fn is_sign(&self, at: usize, sign: char) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| token.kind == Kind::Sign(sign))
    }

    /// The statement that a token is part of, with what stands above it and the block behind it.
    fn statement(&self, at: usize) -> Option<Range<usize>> {
        let ends = |at: &usize| self.tokens[*at].ends_statement();
        let mut first = at;
        if self.is_sign(at, ';') && at > 0 && self.is_sign(at - 1, '}') {
            first -= 1;
        }
        if self.is_sign(first, '}') {
            first = *self.braces.get(&first)?;
        }
        let last = (first..self.tokens.len()).find(ends)?;
        let start = (0..first).rev().find(ends).map_or(0, |before| self.tokens[before].range.end);
        let end = match self.braces.get(&last) {
            Some(close) if self.is_sign(last, '{') => *close,
            _ => last,
        };
        Some(start..self.tokens[end].range.end)
    }
}

impl Token {
    pub fn is_code(&self) -> bool {
        !matches!(self.kind, Kind::Docs | Kind::Comment)
    }

    fn ends_statement(&self) -> bool {
        match self.kind {
            Kind::Sign(',') => self.depth == 0,
            Kind::Sign(sign) => matches!(sign, ';' | '{' | '}'),
            _ => false,
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "-%".contains(c)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut depth = 0usize;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if let Some(comment) = Comment::at_start(rest) {
            let kind = if comment.is_docs {
                Kind::Docs
            } else {
                Kind::Comment
            };
            (kind, rest[..comment.length].trim_end().len())
        } else if rest.starts_with("->") {
            (Kind::Sign('-'), 2)
        } else if first == '"' {
            (Kind::Word, string_literal(rest))
        } else if is_word(first) && first != '-' {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let arrow = rest[..end].ends_with('-') && rest[end..].starts_with('>');
            (Kind::Word, end - usize::from(arrow))
        } else {
            (Kind::Sign(first), first.len_utf8())
        };
        if matches!(kind, Kind::Sign(')' | '>')) {
            depth = depth.saturating_sub(1);
        }
        if matches!(kind, Kind::Sign('{' | '}' | ';')) {
            depth = 0;
        }
        let range = at..at + length;
        tokens.push(Token { kind, range, depth });
        if matches!(kind, Kind::Sign('(' | '<')) {
            depth += 1;
        }
        at += length;
    }
    tokens
}

fn braces(tokens: &[Token]) -> HashMap<usize, usize> {
    let mut braces = HashMap::new();
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign('{') => open.push(at),
            Kind::Sign('}') => {
                if let Some(start) = open.pop() {
                    braces.insert(start, at);
                    braces.insert(at, start);
                }
            }
            _ => {}
        }
    }
    braces
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// What the only comment of a text is about.
    fn about(text: &str) -> Option<String> {
        let file = File::new(Arc::new(SourceFile::new("a.wit", text)));
        let is_comment = |token: &Token| token.kind == Kind::Comment;
        let comment = file.tokens.iter().position(is_comment).unwrap();
        let range = file.about(comment)?;
        Some(file.text()[range].trim().to_owned())
    }

    #[test]
    fn a_comment_above_an_item_is_about_all_of_it() {
        let above = "interface i {\n  a: func();\n  /// Docs\n  // c\n  @since(version = 1.0.0)\n  b: func(x: u8, y: u8) -> u8;\n  c: func();\n}";
        let item = "/// Docs\n  // c\n  @since(version = 1.0.0)\n  b: func(x: u8, y: u8) -> u8;";
        assert_eq!(about(above).unwrap(), item);
        let block = "package a:b;\n// c\nresource r {\n f: func();\n}\ninterface j {}";
        let item = "// c\nresource r {\n f: func();\n}";
        assert_eq!(about(block).unwrap(), item);
    }

    #[test]
    fn a_comment_behind_an_item_is_about_its_line() {
        for (text, item) in [
            ("record r { a: u8, // c\n b: u8 }", "record r { a: u8,"),
            (
                "{ b: func(\n x: u8, // c\n y: u8);",
                "b: func(\n x: u8, // c\n y: u8);",
            ),
            ("a: func();\nb: func(\n x: u8); // c", "b: func(\n x: u8);"),
            ("use t.{a, b}; // c\n", "use t.{a, b}"),
            (
                "type a = u8;\nrecord r { // c\n a: u8 }",
                "record r { // c\n a: u8 }",
            ),
        ] {
            assert_eq!(about(text).unwrap(), item, "{text}");
        }
    }

    #[test]
    fn a_comment_with_nothing_below_it_is_about_nothing() {
        assert_eq!(about("interface i {\n  a: func();\n\n  // c\n}"), None);
        assert_eq!(about("package a:b;\n// c"), None);
    }

    #[test]
    fn unterminated_text_is_read_to_its_end() {
        for text in [
            "/* /* */",
            "\"a",
            "@since(",
            "a: func(x: u8",
            "-",
            "}}",
            "ä-> %",
        ] {
            let file = File::new(Arc::new(SourceFile::new("a.wit", text)));
            for at in 0..file.tokens.len() {
                file.about(at);
                file.after_gates(at);
            }
        }
    }
}
