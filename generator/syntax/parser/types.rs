//! Types.

use super::Parser;
use crate::syntax::kind::SyntaxKind;

/// How deeply types may be nested, as wit-parser bounds it.
const MAX_TYPE_DEPTH: usize = 100;

/// The arguments of a type between `<` and `>`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arguments {
    None,
    /// One, two or, for `result`, `_` for the first.
    Optional(usize),
    /// Exactly as many.
    Types(usize),
    /// A type, and a length.
    List,
    /// The name of a resource.
    Handle,
    /// As many as are written.
    Tuple,
}

/// Returns what a built-in type has; none for another word.
fn built_in(word: &str) -> Option<Arguments> {
    Some(match word {
        "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" | "s64" | "f32" | "f64" | "char"
        | "bool" | "string" | "error-context" => Arguments::None,
        "list" => Arguments::List,
        "map" => Arguments::Types(2),
        "option" => Arguments::Types(1),
        "result" => Arguments::Optional(2),
        "future" | "stream" => Arguments::Optional(1),
        "own" | "borrow" => Arguments::Handle,
        "tuple" => Arguments::Tuple,
        _ => return None,
    })
}

/// Whether a word is a built-in type.
pub(in crate::syntax) fn is_built_in(word: &str) -> bool {
    built_in(word).is_some()
}

impl Parser<'_> {
    pub(super) fn ty(&mut self) {
        self.type_at(0);
    }

    fn type_at(&mut self, depth: usize) {
        if depth >= MAX_TYPE_DEPTH {
            self.report("types are nested too deeply".to_owned());
            return;
        }
        let word = match self.nth(0) {
            Some(SyntaxKind::Word) => self.nth_text(0),
            _ => "",
        };
        if let Some(arguments) = built_in(word) {
            self.start(SyntaxKind::Type);
            self.trivia();
            self.bump();
            self.arguments(arguments, depth + 1);
            self.finish();
        } else if self.nth_is_name(0) {
            self.start(SyntaxKind::Type);
            self.name();
            self.finish();
        } else {
            self.error("a type");
        }
    }

    fn arguments(&mut self, arguments: Arguments, depth: usize) {
        let is_optional = matches!(arguments, Arguments::None | Arguments::Optional(_));
        if !self.is_at(SyntaxKind::Less) {
            if !is_optional {
                self.error(SyntaxKind::Less.description());
            }
            return;
        }
        if arguments == Arguments::None {
            return;
        }
        self.start(SyntaxKind::TypeArguments);
        self.trivia();
        self.bump();
        match arguments {
            Arguments::None => {}
            Arguments::Handle => {
                self.name();
            }
            Arguments::Tuple => self.tuple(depth),
            Arguments::List => {
                self.type_at(depth);
                if self.eat(SyntaxKind::Comma) && !self.eat(SyntaxKind::Integer) {
                    self.error("fixed-length");
                }
            }
            Arguments::Types(count) => {
                self.type_at(depth);
                for _ in 1..count {
                    self.expect(SyntaxKind::Comma);
                    self.type_at(depth);
                }
            }
            Arguments::Optional(count) => {
                if count == 2 && self.eat_word("_") {
                    self.expect(SyntaxKind::Comma);
                    self.type_at(depth);
                } else {
                    self.type_at(depth);
                    if count == 2 && self.eat(SyntaxKind::Comma) {
                        self.type_at(depth);
                    }
                }
            }
        }
        self.expect(SyntaxKind::Greater);
        self.finish();
    }

    fn tuple(&mut self, depth: usize) {
        while !self.is_at(SyntaxKind::Greater) && !self.is_at_end() {
            let before = self.next;
            self.type_at(depth);
            if !self.eat(SyntaxKind::Comma) || self.next == before {
                return;
            }
        }
    }
}
