//! Splits text into tokens, none of which is lost.

use super::kind::SyntaxKind;
use crate::source::string_literal;

/// A token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: SyntaxKind,
    /// The number of bytes.
    pub length: usize,
}

/// Splits a text into tokens, which together are the text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(token) = first(rest, tokens.is_empty()) {
        rest = &rest[token.length..];
        tokens.push(token);
    }
    tokens
}

/// Returns the first token of a text, which is the file's first if `is_start`.
fn first(text: &str, is_start: bool) -> Option<Token> {
    let char = text.chars().next()?;
    let (kind, length) = match char {
        '\u{feff}' if is_start => (SyntaxKind::Whitespace, char.len_utf8()),
        ' ' | '\t' | '\n' => (SyntaxKind::Whitespace, whitespace(text)),
        '\r' if text.starts_with("\r\n") => (SyntaxKind::Whitespace, whitespace(text)),
        '/' if text.starts_with("//") => (SyntaxKind::Comment, line(text)),
        '/' if text.starts_with("/*") => match block(text) {
            Some(length) => (SyntaxKind::Comment, length),
            None => (SyntaxKind::Unknown, text.len()),
        },
        '"' => string(text),
        '-' if text.starts_with("->") => (SyntaxKind::Arrow, 2),
        '%' => (SyntaxKind::EscapedWord, 1 + word(&text[1..])),
        char if is_word_start(char) && char != '-' => (SyntaxKind::Word, word(text)),
        '0'..='9' => {
            let is_digit = |char: char| char.is_ascii_digit();
            (SyntaxKind::Integer, prefix(text, is_digit))
        }
        char => (single(char), char.len_utf8()),
    };
    Some(Token { kind, length })
}

/// Returns the kind of a token of one character.
fn single(char: char) -> SyntaxKind {
    match char {
        '=' => SyntaxKind::Equals,
        ',' => SyntaxKind::Comma,
        ':' => SyntaxKind::Colon,
        '.' => SyntaxKind::Period,
        ';' => SyntaxKind::Semicolon,
        '(' => SyntaxKind::LeftParen,
        ')' => SyntaxKind::RightParen,
        '{' => SyntaxKind::LeftBrace,
        '}' => SyntaxKind::RightBrace,
        '<' => SyntaxKind::Less,
        '>' => SyntaxKind::Greater,
        '*' => SyntaxKind::Star,
        '@' => SyntaxKind::At,
        '/' => SyntaxKind::Slash,
        '+' => SyntaxKind::Plus,
        '-' => SyntaxKind::Minus,
        _ => SyntaxKind::Unknown,
    }
}

/// Returns the number of bytes at the start whose characters are accepted.
fn prefix(text: &str, is_accepted: impl Fn(char) -> bool) -> usize {
    text.find(|char| !is_accepted(char)).unwrap_or(text.len())
}

/// Returns the length of white space. A `\r` alone is none (the WIT specification allows it in comments only).
fn whitespace(text: &str) -> usize {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        length += match rest.bytes().next() {
            Some(b' ' | b'\t' | b'\n') => 1,
            Some(b'\r') if rest.starts_with("\r\n") => 2,
            _ => return length,
        };
    }
}

/// Returns the length of a comment that ends before the line does.
fn line(text: &str) -> usize {
    let end = text.find('\n').unwrap_or(text.len());
    let is_crlf = text[..end].ends_with('\r') && end < text.len();
    end - usize::from(is_crlf)
}

/// Returns the length of a comment in `/*` and `*/`, which may contain others; none if it doesn't end.
fn block(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let rest = &text[at..];
        at += rest.find(['/', '*'])?;
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
}

/// Returns the length of a string; one that its line doesn't end is none.
fn string(text: &str) -> (SyntaxKind, usize) {
    let length = string_literal(text);
    let is_whole = length > 1 && text[..length].ends_with('"');
    if is_whole && !text[..length].contains('\n') {
        (SyntaxKind::String, length)
    } else {
        (SyntaxKind::Unknown, line(text).max(1))
    }
}

fn is_word_start(char: char) -> bool {
    unicode_ident::is_xid_start(char) || char == '_' || char == '-'
}

/// Returns the length of a word, which may be empty.
fn word(text: &str) -> usize {
    if !text.chars().next().is_some_and(is_word_start) {
        return 0;
    }
    prefix(text, |char| {
        unicode_ident::is_xid_continue(char) || char == '-'
    })
}
