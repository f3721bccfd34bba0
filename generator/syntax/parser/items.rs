//! Packages, interfaces, worlds and what is in them.

use rowan::Language as _;

use super::Parser;
use crate::syntax::kind::{SyntaxKind, Wit};

/// How deeply packages may be nested, as wit-parser bounds it.
const MAX_PACKAGE_DEPTH: usize = 100;

impl Parser<'_> {
    pub(super) fn file(&mut self) {
        self.start(SyntaxKind::File);
        self.items(None, |parser, depth| parser.top_level_item(depth), 0);
        self.trivia();
        self.finish();
    }

    /// Parses items up to a `}` or the end of the file.
    fn items(&mut self, end: Option<SyntaxKind>, item: fn(&mut Self, usize), depth: usize) {
        loop {
            self.line_end();
            if self.is_at_end() || end.is_some_and(|end| self.is_at(end)) {
                return;
            }
            let before = self.next;
            item(self, depth);
            if self.next == before {
                self.skip_item();
            }
            if self.next == before {
                // A `}` that closes nothing.
                self.start(SyntaxKind::Error);
                self.bump();
                self.finish();
            }
        }
    }

    /// Parses `{ … }` with items.
    fn body(&mut self, item: fn(&mut Self, usize), depth: usize) {
        if !self.is_at(SyntaxKind::LeftBrace) {
            self.error(SyntaxKind::LeftBrace.description());
            return;
        }
        self.start(SyntaxKind::Body);
        self.bump();
        self.items(Some(SyntaxKind::RightBrace), item, depth);
        self.trivia();
        self.expect(SyntaxKind::RightBrace);
        self.finish();
    }

    /// Parses an item of a file or a nested package.
    fn top_level_item(&mut self, depth: usize) {
        let gates = self.gates_ahead();
        match self.word_after(gates) {
            "package" => self.package(gates, depth),
            "interface" => self.item(SyntaxKind::Interface, |parser| {
                parser.bump();
                parser.name();
                parser.body(Self::interface_item, 0);
            }),
            "world" => self.item(SyntaxKind::World, |parser| {
                parser.bump();
                parser.name();
                parser.body(Self::world_item, 0);
            }),
            "use" => self.item(SyntaxKind::TopLevelUse, |parser| {
                parser.bump();
                parser.path();
                if parser.eat_word("as") {
                    parser.name();
                }
                parser.expect(SyntaxKind::Semicolon);
            }),
            _ => self.no_item("`world`, `interface` or `use`"),
        }
    }

    /// Parses a package line or a nested package.
    fn package(&mut self, gates: usize, depth: usize) {
        let checkpoint = self.builder.checkpoint();
        for _ in 0..gates {
            self.gate();
        }
        if gates > 0 {
            self.report("a package can't have gates".to_owned());
        }
        self.trivia();
        self.bump();
        self.package_name();
        let is_line = self.is_at(SyntaxKind::Semicolon) && depth == 0;
        let kind = if is_line {
            SyntaxKind::PackageLine
        } else {
            SyntaxKind::NestedPackage
        };
        self.builder.start_node_at(checkpoint, Wit::kind_to_raw(kind));
        if is_line {
            self.bump();
        } else if depth >= MAX_PACKAGE_DEPTH {
            self.report("packages are nested too deeply".to_owned());
            self.skip_item();
        } else {
            self.nested_package(depth);
        }
        self.finish();
    }

    fn nested_package(&mut self, depth: usize) {
        if !self.is_at(SyntaxKind::LeftBrace) {
            self.error(SyntaxKind::LeftBrace.description());
            return;
        }
        self.start(SyntaxKind::Body);
        self.bump();
        self.items(
            Some(SyntaxKind::RightBrace),
            Self::top_level_item,
            depth + 1,
        );
        self.trivia();
        self.expect(SyntaxKind::RightBrace);
        self.finish();
    }

    fn interface_item(&mut self, _: usize) {
        let gates = self.gates_ahead();
        match self.word_after(gates) {
            "use" => self.use_item(),
            word if self.type_item(word) => {}
            _ if self.nth_is_name(self.gate_tokens(gates)) => {
                self.item(SyntaxKind::NamedFunction, |parser| {
                    parser.named_function(false)
                });
            }
            _ => self.no_item("`type`, `resource` or `func`"),
        }
    }

    fn world_item(&mut self, _: usize) {
        let gates = self.gates_ahead();
        match self.word_after(gates) {
            "use" => self.use_item(),
            "include" => self.item(SyntaxKind::Include, |parser| {
                parser.bump();
                parser.path();
                if parser.eat_word("with") {
                    parser.use_list(true);
                } else {
                    parser.expect(SyntaxKind::Semicolon);
                }
            }),
            "import" => self.item(SyntaxKind::Import, Self::extern_item),
            "export" => self.item(SyntaxKind::Export, Self::extern_item),
            word if self.type_item(word) => {}
            _ => self.no_item("`import`, `export`, `include`, `use`, or type definition"),
        }
    }

    /// Parses what comes after `import` or `export`.
    fn extern_item(&mut self) {
        self.bump();
        let has_label = self.nth_is_name(0) && self.nth(1) == Some(SyntaxKind::Colon);
        if has_label && self.begins_function(2) {
            self.name();
            self.bump();
            self.function(false);
        } else if has_label && self.nth_is_word(2, "interface") {
            self.name();
            self.bump();
            self.bump();
            self.body(Self::interface_item, 0);
            return;
        } else if has_label && !(self.nth_is_name(2) && self.nth(3) == Some(SyntaxKind::Slash)) {
            self.name();
            self.bump();
            self.path();
        } else {
            self.path();
        }
        self.expect(SyntaxKind::Semicolon);
    }

    /// Parses a `use` in an interface or a world.
    fn use_item(&mut self) {
        self.item(SyntaxKind::Use, |parser| {
            parser.bump();
            parser.path();
            parser.expect(SyntaxKind::Period);
            parser.use_list(false);
            parser.expect(SyntaxKind::Semicolon);
        });
    }

    /// Parses the definition of a type that begins with this word, if one does.
    fn type_item(&mut self, word: &str) -> bool {
        match word {
            "type" => self.item(SyntaxKind::TypeAlias, |parser| {
                parser.bump();
                parser.name();
                parser.expect(SyntaxKind::Equals);
                parser.ty();
                parser.expect(SyntaxKind::Semicolon);
            }),
            "record" => self.item(SyntaxKind::Record, |parser| {
                parser.bump();
                parser.name();
                parser.members(Self::field);
            }),
            "variant" => self.item(SyntaxKind::Variant, |parser| {
                parser.bump();
                parser.name();
                parser.members(Self::case);
            }),
            "enum" => self.item(SyntaxKind::Enum, |parser| {
                parser.bump();
                parser.name();
                parser.members(Self::plain_case);
            }),
            "flags" => self.item(SyntaxKind::Flags, |parser| {
                parser.bump();
                parser.name();
                parser.members(Self::plain_case);
            }),
            "resource" => self.item(SyntaxKind::Resource, |parser| {
                parser.bump();
                parser.name();
                if parser.is_at(SyntaxKind::LeftBrace) {
                    parser.body(Self::resource_item, 0);
                } else {
                    parser.expect(SyntaxKind::Semicolon);
                }
            }),
            _ => return false,
        }
        true
    }

    fn resource_item(&mut self, _: usize) {
        let gates = self.gates_ahead();
        if self.word_after(gates) == "constructor" {
            self.item(SyntaxKind::Constructor, |parser| {
                parser.bump();
                parser.params();
                parser.returns();
                parser.expect(SyntaxKind::Semicolon);
            });
        } else if self.nth_is_name(self.gate_tokens(gates)) {
            self.item(SyntaxKind::NamedFunction, |parser| {
                parser.named_function(true)
            });
        } else {
            self.no_item("`constructor` or identifier");
        }
    }

    /// Parses an item, which begins with its comments and gates.
    fn item(&mut self, kind: SyntaxKind, rest: impl FnOnce(&mut Self)) {
        self.start(kind);
        while self.is_at(SyntaxKind::At) {
            self.gate();
        }
        self.trivia();
        rest(self);
        self.finish();
    }

    /// Reports that no item begins here, after gates that are kept.
    fn no_item(&mut self, expected: &str) {
        if self.is_at(SyntaxKind::At) {
            self.start(SyntaxKind::Error);
            while self.is_at(SyntaxKind::At) {
                self.gate();
            }
            self.error(expected);
            self.finish();
        } else {
            self.error(expected);
        }
    }
}
