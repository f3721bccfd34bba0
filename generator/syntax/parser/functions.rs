//! Functions.

use super::Parser;
use crate::syntax::kind::SyntaxKind;

impl Parser<'_> {
    /// Parses `name: func();`, which may be `static` in a resource.
    pub(super) fn named_function(&mut self, may_be_static: bool) {
        self.name();
        if self.expect(SyntaxKind::Colon) {
            self.function(may_be_static);
        }
        self.expect(SyntaxKind::Semicolon);
    }

    /// Whether a function begins at a token ahead.
    pub(super) fn begins_function(&self, ahead: usize) -> bool {
        self.nth_is_word(ahead, "func")
            || self.nth_is_word(ahead, "async")
            || self.is_accessor(ahead)
    }

    /// Whether a token ahead begins `get()` or `set()`.
    fn is_accessor(&self, ahead: usize) -> bool {
        let is_word = self.nth_is_word(ahead, "get") || self.nth_is_word(ahead, "set");
        is_word && self.nth(ahead + 1) == Some(SyntaxKind::LeftParen)
    }

    /// Parses `async func(a: b) -> c` or an accessor.
    pub(super) fn function(&mut self, may_be_static: bool) {
        self.start(SyntaxKind::Function);
        self.trivia();
        if may_be_static {
            self.eat_word("static");
        }
        let is_async = self.eat_word("async");
        if !is_async && self.is_accessor(0) || self.is_at_word("func") {
            self.bump();
            self.params();
            self.returns();
        } else {
            self.error("keyword `func`");
        }
        self.finish();
    }

    pub(super) fn params(&mut self) {
        if !self.is_at(SyntaxKind::LeftParen) {
            self.error(SyntaxKind::LeftParen.description());
            return;
        }
        self.start(SyntaxKind::ParamList);
        self.trivia();
        self.bump();
        self.elements(SyntaxKind::RightParen, Self::param);
        self.finish();
    }

    pub(super) fn returns(&mut self) {
        if !self.is_at(SyntaxKind::Arrow) {
            return;
        }
        self.start(SyntaxKind::Returns);
        self.trivia();
        self.bump();
        self.ty();
        self.finish();
    }
}
