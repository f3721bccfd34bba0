//! Lists: members of types, parameters, and the names of a `use`.

use super::Parser;
use crate::syntax::kind::SyntaxKind;

impl Parser<'_> {
    /// Parses elements with commas between them, up to the token that ends the list. The one that begins it was passed.
    pub(super) fn elements(&mut self, end: SyntaxKind, element: fn(&mut Self)) {
        loop {
            self.line_end();
            if self.is_at_end() || self.is_at(end) {
                break;
            }
            let before = self.next;
            element(self);
            if self.eat(SyntaxKind::Comma) {
                continue;
            }
            if self.is_at(end) {
                break;
            }
            self.error(end.description());
            if !self.recover_in_list(end, before) {
                break;
            }
        }
        self.trivia();
        self.expect(end);
    }

    /// Passes over tokens to the next comma, and returns whether the list goes on.
    fn recover_in_list(&mut self, end: SyntaxKind, before: usize) -> bool {
        // A member whose comma is missing.
        if self.next > before && self.nth_is_name(0) {
            return true;
        }
        self.start(SyntaxKind::Error);
        let goes_on = loop {
            match self.nth(0) {
                None | Some(SyntaxKind::Semicolon | SyntaxKind::RightBrace) => break false,
                Some(kind) if kind == end => break false,
                Some(SyntaxKind::Comma) => {
                    self.bump();
                    break true;
                }
                Some(_) if self.begins_item() => break false,
                Some(_) => self.bump(),
            }
        };
        self.finish();
        goes_on
    }

    /// Parses the `{ … }` of a record, variant, enum or flags.
    pub(super) fn members(&mut self, member: fn(&mut Self)) {
        if !self.is_at(SyntaxKind::LeftBrace) {
            self.error(SyntaxKind::LeftBrace.description());
            return;
        }
        self.start(SyntaxKind::MemberList);
        self.bump();
        self.elements(SyntaxKind::RightBrace, member);
        self.finish();
    }

    pub(super) fn field(&mut self) {
        self.typed_name(SyntaxKind::Field);
    }

    pub(super) fn param(&mut self) {
        self.typed_name(SyntaxKind::Param);
    }

    /// Parses `name: type`.
    fn typed_name(&mut self, kind: SyntaxKind) {
        if !self.nth_is_name(0) {
            self.error("an identifier or string");
            return;
        }
        self.start(kind);
        self.name();
        if self.expect(SyntaxKind::Colon) {
            self.ty();
        }
        self.finish();
    }

    /// Parses a case of a variant: `name`, `name(type)`.
    pub(super) fn case(&mut self) {
        if !self.nth_is_name(0) {
            self.error("an identifier or string");
            return;
        }
        self.start(SyntaxKind::Case);
        self.name();
        if self.eat(SyntaxKind::LeftParen) {
            self.ty();
            self.expect(SyntaxKind::RightParen);
        }
        self.finish();
    }

    /// Parses a case of an enum, or a flag.
    pub(super) fn plain_case(&mut self) {
        if !self.nth_is_name(0) {
            self.error("an identifier or string");
            return;
        }
        self.start(SyntaxKind::Case);
        self.name();
        self.finish();
    }

    /// Parses `{a, b as c}`; all names are renamed in an `include`.
    pub(super) fn use_list(&mut self, is_include: bool) {
        if !self.is_at(SyntaxKind::LeftBrace) {
            self.error(SyntaxKind::LeftBrace.description());
            return;
        }
        self.start(SyntaxKind::UseList);
        self.bump();
        let element = if is_include {
            Self::renamed
        } else {
            Self::use_name
        };
        self.elements(SyntaxKind::RightBrace, element);
        self.finish();
    }

    fn use_name(&mut self) {
        if !self.nth_is_name(0) {
            self.error("an identifier or string");
            return;
        }
        self.start(SyntaxKind::UseName);
        self.name();
        if self.eat_word("as") {
            self.name();
        }
        self.finish();
    }

    fn renamed(&mut self) {
        if !self.nth_is_name(0) {
            self.error("an identifier or string");
            return;
        }
        self.start(SyntaxKind::UseName);
        self.name();
        if self.eat_word("as") {
            self.name();
        } else {
            self.error("keyword `as`");
        }
        self.finish();
    }
}
