//! Whether two items are equal but for their names, and if not, where they differ.

use std::fmt::{self, Write as _};

use crate::compare::{
    FunctionDifference, Mismatch as Parting, Part, Types, WithinModel, first_mismatch, pair,
    params, parts,
};
use crate::model::display::{WriteWit, write_type};
use crate::model::{
    Function, Index, Interface, Position, Type, TypeDef, TypeKind, TypeName, WorldItem,
    WorldItemKind,
};

/// Where two items differ.
pub(super) struct Mismatch<'a> {
    /// In words: the first is what is expected.
    pub what: String,
    /// Where the first one stands.
    pub expected: Option<&'a Position>,
    /// Where the second one stands.
    pub found: Option<&'a Position>,
}

/// Compares items of one model.
pub(super) struct Shapes<'i, 'a> {
    types: Types<WithinModel<'i, 'a>>,
}

impl<'i, 'a> Shapes<'i, 'a> {
    pub fn new(index: &'i Index<'a>) -> Self {
        let counterparts = None;
        Shapes {
            types: Types::new(WithinModel {
                index,
                counterparts,
            }),
        }
    }

    /// For functions of these two interfaces.
    pub fn between(index: &'i Index<'a>, expected: &'a str, found: &'a str) -> Self {
        let counterparts = Some((expected, found));
        Shapes {
            types: Types::new(WithinModel {
                index,
                counterparts,
            }),
        }
    }

    fn index(&self) -> &'i Index<'a> {
        self.types.correspondence.index
    }

    /// Two imports or exports of one name.
    pub fn world_items(
        self,
        expected: &'a WorldItem,
        found: &'a WorldItem,
    ) -> Option<Mismatch<'a>> {
        use WorldItemKind as Kind;
        match (&expected.kind, &found.kind) {
            (Kind::Interface(a), Kind::Interface(b)) if a == b => None,
            (Kind::Inline(a), Kind::Inline(b)) if a.id == b.id => None,
            (Kind::Inline(a), Kind::Inline(b)) => Self::interfaces(self.index(), a, b),
            (Kind::Function(a), Kind::Function(b)) => self.functions(a, b),
            (Kind::Type(a), Kind::Type(b)) => self.defs(a, b),
            (Kind::Interface(a), Kind::Interface(b)) => {
                mismatch(format!("it is `{b}` where `{a}` is expected"))
            }
            (a, b) => mismatch(format!("it is {} where {} is expected", kind(b), kind(a))),
        }
    }

    /// Two interfaces: their own types and their functions, by name.
    pub fn interfaces(
        index: &'i Index<'a>,
        expected: &'a Interface,
        found: &'a Interface,
    ) -> Option<Mismatch<'a>> {
        let shapes = Self::between(index, &expected.id, &found.id);
        // A type that is taken from elsewhere shows where it is used.
        let is_own = |def: &TypeDef| !matches!(def.kind, TypeKind::Use(_));
        let types = pair(&expected.types, &found.types, |def: &'a TypeDef| {
            def.name.as_str()
        });
        for (def, other) in types.first {
            let mismatch = match other {
                Some(other) => shapes.defs(def, other),
                None if is_own(def) => {
                    missing(&format!("type `{}`", def.name), &def.position, found)
                }
                None => None,
            };
            if mismatch.is_some() {
                return mismatch;
            }
        }
        if let Some(def) = types.added.into_iter().find(|def| is_own(def)) {
            return extra(&format!("type `{}`", def.name), &def.position, expected);
        }
        let functions = pair(
            &expected.functions,
            &found.functions,
            |function: &'a Function| function.component_name.as_str(),
        );
        for (function, other) in functions.first {
            let Some(other) = other else {
                let what = format!("function `{}`", function.path());
                return missing(&what, &function.position, found);
            };
            if let Some(mismatch) = shapes.functions(function, other) {
                return Some(Mismatch {
                    what: format!("in `{}`, {}", function.path(), mismatch.what),
                    ..mismatch
                });
            }
        }
        let function = functions.added.first()?;
        let what = format!("function `{}`", function.path());
        extra(&what, &function.position, expected)
    }

    /// Compares two functions, apart from their names.
    pub fn functions(&self, expected: &'a Function, found: &'a Function) -> Option<Mismatch<'a>> {
        let (a, b) = (expected, found);
        let keyword = |function: &Function| {
            if function.is_async {
                "async func"
            } else {
                "func"
            }
        };
        let what = match self.types.functions(a, b).next()? {
            FunctionDifference::Async => {
                format!("it is `{}` where `{}` is expected", keyword(b), keyword(a))
            }
            FunctionDifference::Resource => {
                "they belong to a resource in different ways: method, static function or constructor".to_owned()
            }
            FunctionDifference::Parameters => self.parameters(a, b)?,
            FunctionDifference::Result => match (&a.result, &b.result) {
                (Some(a), Some(b)) => {
                    let (expected, found) = self.both(a, b);
                    format!("the result is `{found}` where `{expected}` is expected")
                }
                (Some(a), None) => {
                    format!("there is no result where `{}` is expected", self.shown(a))
                }
                (None, Some(b)) => {
                    format!("the result is `{}` where none is expected", self.shown(b))
                }
                (None, None) => return None,
            },
        };
        Some(Mismatch {
            what,
            expected: a.position.as_ref(),
            found: b.position.as_ref(),
        })
    }

    fn parameters(&self, expected: &'a Function, found: &'a Function) -> Option<String> {
        Some(match self.parting(&params(expected), &params(found))? {
            Parting::Missing(part) => format!("parameter `{}` is missing", part.name),
            Parting::Renamed(at, part, other) => format!(
                "parameter {} is called `{}` where `{}` is expected",
                at + 1,
                other.name,
                part.name
            ),
            Parting::Retyped(part, other) => {
                let (expected, found) = self.both(part.ty?, other.ty?);
                format!(
                    "parameter `{}` is `{found}` where `{expected}` is expected",
                    part.name
                )
            }
            Parting::Extra(part) => format!("parameter `{}` is not expected", part.name),
        })
    }

    fn parting(&self, expected: &[Part<'a>], found: &[Part<'a>]) -> Option<Parting<'a>> {
        first_mismatch(expected, found, |a, b| self.types.types(a, b))
    }

    /// Two definitions of types.
    fn defs(&self, expected: &'a TypeDef, found: &'a TypeDef) -> Option<Mismatch<'a>> {
        let how = self.difference(expected, found)?;
        Some(Mismatch {
            what: format!("type `{}`: {how}", expected.name),
            expected: expected.position.as_ref(),
            found: found.position.as_ref(),
        })
    }

    fn difference(&self, a: &'a TypeDef, b: &'a TypeDef) -> Option<String> {
        match (&a.kind, &b.kind) {
            (TypeKind::Record(_), TypeKind::Record(_))
            | (TypeKind::Variant(_), TypeKind::Variant(_))
            | (TypeKind::Enum(_), TypeKind::Enum(_))
            | (TypeKind::Flags(_), TypeKind::Flags(_)) => {
                let what = a.member_noun();
                Some(match self.parting(&parts(a), &parts(b))? {
                    Parting::Missing(part) => format!("{what} `{}` is missing", part.name),
                    Parting::Renamed(_, part, other) => format!(
                        "{what} `{}` is found where `{}` is expected",
                        other.name, part.name
                    ),
                    Parting::Retyped(part, _) => format!("{what} `{}` has another type", part.name),
                    Parting::Extra(part) => format!("{what} `{}` is not expected", part.name),
                })
            }
            (TypeKind::Resource, TypeKind::Resource) => None,
            (TypeKind::Alias(a), TypeKind::Alias(b)) => {
                let (expected, found) = self.both(a, b);
                (!self.types.types(a, b))
                    .then(|| format!("it is `{found}` where `{expected}` is expected"))
            }
            (TypeKind::Use(a), TypeKind::Use(b)) => {
                (!self.types.names(a, b)).then(|| format!("it is `{b}` where `{a}` is expected"))
            }
            _ => Some("it is of another kind".to_owned()),
        }
    }

    /// Two types that differ: with the full names of what they consist of if they read the same
    /// otherwise.
    fn both(&self, expected: &Type, found: &Type) -> (String, String) {
        let plain = (self.shown(expected), self.shown(found));
        if plain.0 == plain.1 {
            (self.written(expected, true), self.written(found, true))
        } else {
            plain
        }
    }

    /// A type in which names are those of definitions.
    fn shown(&self, ty: &Type) -> String {
        self.written(ty, false)
    }

    fn written(&self, ty: &Type, is_full: bool) -> String {
        let mut line = Line {
            index: self.index(),
            is_full,
            text: String::new(),
        };
        write_type(ty, &mut line).expect("a string takes everything");
        line.text
    }
}

fn mismatch<'a>(what: String) -> Option<Mismatch<'a>> {
    Some(Mismatch {
        what,
        expected: None,
        found: None,
    })
}

fn missing<'a>(
    what: &str,
    expected: &'a Option<Position>,
    found: &'a Interface,
) -> Option<Mismatch<'a>> {
    Some(Mismatch {
        what: format!("`{}` has no {what}", found.name),
        expected: expected.as_ref(),
        found: found.position.as_ref(),
    })
}

fn extra<'a>(
    what: &str,
    found: &'a Option<Position>,
    expected: &'a Interface,
) -> Option<Mismatch<'a>> {
    Some(Mismatch {
        what: format!("{what} is not in `{}`", expected.name),
        expected: expected.position.as_ref(),
        found: found.as_ref(),
    })
}

fn kind(kind: &WorldItemKind) -> &'static str {
    match kind {
        WorldItemKind::Interface(_) | WorldItemKind::Inline(_) => "an interface",
        WorldItemKind::Function(_) => "a function",
        WorldItemKind::Type(_) => "a type",
    }
}

/// Names by their definitions: plain ones, or with their interface.
struct Line<'i, 'a> {
    index: &'i Index<'a>,
    is_full: bool,
    text: String,
}

impl fmt::Write for Line<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl WriteWit for Line<'_, '_> {
    fn write_name(&mut self, name: &TypeName) -> fmt::Result {
        let definition = self.index.definition(name);
        let (owner, name) =
            definition.map_or((&name.owner, &name.name), |(owner, def)| (owner, &def.name));
        if self.is_full {
            write!(self.text, "{owner}.{name}")
        } else {
            self.text.write_str(name)
        }
    }
}
