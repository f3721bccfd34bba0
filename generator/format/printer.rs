//! Writes tokens and comments, with what the layout wants between them.

use super::spelling::{comment_text, is_documentation, moved, text_of};
use crate::syntax::{SyntaxKind, SyntaxNode, SyntaxToken};

/// The space before the next token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    Nothing,
    Space,
    /// A line break, without a blank line.
    Line,
    /// A line break, and a blank line if the source has one.
    Item,
    /// The line break after a `{`: blank lines are kept only after a comment.
    Start,
}

impl Gap {
    fn is_line(self) -> bool {
        matches!(self, Gap::Line | Gap::Item | Gap::Start)
    }
}

/// White space of the source before a token or a comment.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    lines: usize,
    is_spaced: bool,
}

/// Writes tokens in their order, each with the comments before it.
///
/// The layout decides the space before a token. A comment stays between the same tokens: one after a token stays in its line,
/// and one on a line of its own stays on one.
pub(super) struct Printer {
    out: String,
    /// Where the last line begins in `out`.
    line_start: usize,
    /// Whether the last line begins with the end of a comment.
    continues_comment: bool,
    indent: usize,
    gap: Gap,
}

/// The spaces of one level.
const INDENT: usize = 2;

impl Printer {
    pub fn new() -> Self {
        Printer {
            out: String::new(),
            line_start: 0,
            continues_comment: false,
            indent: 0,
            gap: Gap::Start,
        }
    }

    /// Returns a printer that tries a layout on one line.
    pub fn trial() -> Self {
        Printer {
            gap: Gap::Nothing,
            ..Self::new()
        }
    }

    /// Returns what a trial has written, if it is on one line.
    pub fn into_line(self) -> Option<String> {
        let is_line = !self.out.contains('\n') && !self.gap.is_line();
        is_line.then_some(self.out)
    }

    /// Returns the text of a file.
    pub fn into_text(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    /// Returns the column that the next token would have.
    pub fn column(&self) -> usize {
        match self.gap {
            Gap::Nothing => self.width(),
            Gap::Space => self.width() + 1,
            Gap::Line | Gap::Item | Gap::Start => self.indent,
        }
    }

    fn width(&self) -> usize {
        self.out[self.line_start..].chars().count()
    }

    /// Prints the next token directly after the last one. After a `//` comment, it begins a line.
    pub fn nothing(&mut self) {
        if !self.gap.is_line() {
            self.gap = Gap::Nothing;
        }
    }

    /// Puts a space before the next token.
    pub fn space(&mut self) {
        if !self.gap.is_line() {
            self.gap = Gap::Space;
        }
    }

    /// Begins a line.
    pub fn line(&mut self) {
        self.gap = Gap::Line;
    }

    /// Begins a line, after a blank line if the source has one.
    pub fn item(&mut self) {
        if self.gap != Gap::Start {
            self.gap = Gap::Item;
        }
    }

    /// Begins an indented part, after the token that opens it.
    pub fn open(&mut self) {
        self.indent += INDENT;
        self.gap = Gap::Start;
    }

    /// Ends an indented part, and writes the token that closes it on a line of its own.
    pub fn close(&mut self, token: &SyntaxToken) {
        self.item();
        self.trivia(trivia_before(Some(token.clone())), false);
        self.indent -= INDENT;
        self.gap = Gap::Line;
        self.write(token.text(), false);
    }

    /// Writes a token, after the comments before it.
    pub fn token(&mut self, token: &SyntaxToken) {
        let before = self.comments_before(token);
        self.write(text_of(token.text()), before.lines > 1);
    }

    /// Writes a comma behind an element, before the comments after that if one of them ends the line: the comma would be on a line
    /// of its own. Documentation isn't moved, because it belongs to the element after it.
    pub fn comma(&mut self, comma: &SyntaxToken) {
        self.nothing();
        let trivia = trivia_before(Some(comma.clone()));
        let mut comments = trivia.iter().filter(|token| token.kind() == SyntaxKind::Comment);
        let ends_line = comments.clone().any(|token| token.text().starts_with("//"));
        let is_plain = comments.all(|token| !is_documentation(token.text()));
        if ends_line && is_plain && !has_comment_behind(comma) {
            self.bare(comma);
            self.trivia(trivia, false);
        } else {
            self.token(comma);
        }
    }

    /// Writes a token without the comments before it.
    pub fn bare(&mut self, token: &SyntaxToken) {
        self.write(text_of(token.text()), false);
    }

    /// Writes text: what a trial has written, or a token that the source doesn't have.
    pub fn text(&mut self, text: &str) {
        self.write(text, false);
    }

    /// Writes the comments before a token.
    pub fn comments(&mut self, token: &SyntaxToken) {
        self.comments_before(token);
    }

    /// Writes the comments at the end of a file.
    pub fn end(&mut self, file: &SyntaxNode) {
        self.item();
        let tokens = std::iter::successors(file.last_token(), SyntaxToken::prev_token);
        let trivia = tokens.take_while(|token| token.kind().is_trivia()).collect();
        self.trivia(trivia, false);
    }

    /// Writes the comments before a token, and returns the white space between them and the token.
    fn comments_before(&mut self, token: &SyntaxToken) -> Before {
        self.trivia(trivia_before(Some(token.clone())), true)
    }

    /// Writes comments, which are given from the last one to the first. Returns the white space after them.
    ///
    /// If `has_next`, a token follows that they may share a line with.
    fn trivia(&mut self, trivia: Vec<SyntaxToken>, has_next: bool) -> Before {
        // Comments from here on are in the line of the token.
        let last_break = trivia.iter().position(breaks_line).unwrap_or(trivia.len());
        let leading = if has_next { last_break } else { 0 };
        let mut before = Before::default();
        for (from_end, token) in trivia.iter().enumerate().rev() {
            if token.kind() == SyntaxKind::Whitespace {
                before.lines += token.text().matches('\n').count();
                before.is_spaced = true;
                continue;
            }
            self.comment(token, before, from_end < leading);
            before = Before::default();
        }
        // A comment directly before a token stays there.
        if self.gap == Gap::Space && !before.is_spaced && self.out.ends_with("*/") {
            self.gap = Gap::Nothing;
        }
        before
    }

    /// Writes a comment. One that leads is in the line of the token after it.
    fn comment(&mut self, token: &SyntaxToken, before: Before, leads: bool) {
        let text = comment_text(token.text());
        let is_to_line_end = text.starts_with("//");
        let wanted = self.gap;
        let is_own_line = wanted.is_line() && (leads || before.lines > 0);
        self.gap = match wanted {
            _ if is_own_line || self.out.is_empty() => wanted,
            // A block comment in the middle of a line stays there.
            Gap::Nothing | Gap::Space if before.lines > 0 && is_to_line_end => Gap::Line,
            Gap::Nothing if !before.is_spaced && !is_to_line_end => Gap::Nothing,
            _ => Gap::Space,
        };
        if text.contains('\n') {
            let new = if self.gap.is_line() {
                Some(" ".repeat(self.indent))
            } else {
                let line = &self.out[self.line_start..];
                (!self.continues_comment).then(|| leading_space(line).to_owned())
            };
            let old = line_before(token).map(|line| leading_space(&line).to_owned());
            let text = match (old, new) {
                (Some(old), Some(new)) => moved(text, &old, &new),
                _ => text.to_owned(),
            };
            self.write(&text, before.lines > 1);
        } else {
            self.write(text, before.lines > 1);
        }
        self.gap = match wanted {
            _ if leads => Gap::Space,
            Gap::Start => Gap::Item,
            Gap::Nothing | Gap::Space if is_to_line_end => Gap::Line,
            Gap::Nothing => Gap::Space,
            wanted => wanted,
        };
    }

    fn write(&mut self, text: &str, has_blank_line: bool) {
        match self.gap {
            Gap::Nothing => {}
            Gap::Space => self.out.push(' '),
            Gap::Line | Gap::Item | Gap::Start => {
                if !self.out.is_empty() {
                    self.out.push('\n');
                    if has_blank_line && self.gap == Gap::Item {
                        self.out.push('\n');
                    }
                }
                self.line_start = self.out.len();
                self.continues_comment = false;
                self.out.extend(std::iter::repeat_n(' ', self.indent));
            }
        }
        self.gap = Gap::Nothing;
        self.out.push_str(text);
        if let Some(line) = text.rfind('\n') {
            self.line_start = self.out.len() - (text.len() - line - 1);
            self.continues_comment = true;
        }
    }
}

/// Whether a comment is behind a comma in its line, and not before the next element in that.
fn has_comment_behind(comma: &SyntaxToken) -> bool {
    let mut has_comment = false;
    for token in std::iter::successors(comma.next_token(), SyntaxToken::next_token) {
        has_comment |= token.kind() == SyntaxKind::Comment;
        let closes = matches!(
            token.kind(),
            SyntaxKind::RightBrace | SyntaxKind::RightParen | SyntaxKind::Greater
        );
        if !token.kind().is_trivia() {
            return has_comment && closes;
        }
        if breaks_line(&token) {
            return has_comment;
        }
    }
    has_comment
}

/// Whether what is behind white space or a comment is in another line.
fn breaks_line(token: &SyntaxToken) -> bool {
    let text = token.text();
    text.starts_with("//") || (token.kind() == SyntaxKind::Whitespace && text.contains('\n'))
}

/// Returns what is before a token in the line in which it begins, unless that is the last line of a comment.
fn line_before(token: &SyntaxToken) -> Option<String> {
    let mut line = String::new();
    for before in std::iter::successors(token.prev_token(), SyntaxToken::prev_token) {
        let text = before.text();
        let start = text.rfind('\n').map_or(0, |newline| newline + 1);
        line.insert_str(0, &text[start..]);
        if start > 0 {
            return (before.kind() == SyntaxKind::Whitespace).then_some(line);
        }
    }
    Some(line)
}

/// Returns the white space that a line begins with.
fn leading_space(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Returns the white space and the comments directly before a token, from the last to the first.
fn trivia_before(token: Option<SyntaxToken>) -> Vec<SyntaxToken> {
    let before = std::iter::successors(token, SyntaxToken::prev_token).skip(1);
    before.take_while(|token| token.kind().is_trivia()).collect()
}
