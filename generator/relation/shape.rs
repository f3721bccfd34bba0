//! Whether two items are equal but for their names, and if not, where they differ.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use crate::model::display::{WriteWit, write_type};
use crate::model::{
    Function, FunctionKind, Index, Interface, Position, Type, TypeDef, TypeKind, TypeName,
    WorldItem, WorldItemKind,
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
    index: &'i Index<'a>,
    /// Interfaces whose own types stand for each other.
    owners: Option<(&'a str, &'a str)>,
    /// Types that are being compared, or have been.
    seen: HashSet<String>,
}

/// The parts of a type: their names, and what each holds.
type Parts<'a> = Vec<(&'a str, Option<&'a Type>)>;

impl<'i, 'a> Shapes<'i, 'a> {
    pub fn new(index: &'i Index<'a>) -> Self {
        Shapes {
            index,
            owners: None,
            seen: HashSet::new(),
        }
    }

    /// For functions of these two interfaces.
    pub fn between(index: &'i Index<'a>, expected: &'a str, found: &'a str) -> Self {
        Shapes {
            owners: Some((expected, found)),
            ..Self::new(index)
        }
    }

    /// Two imports or exports of one name.
    pub fn world_items(
        mut self,
        expected: &'a WorldItem,
        found: &'a WorldItem,
    ) -> Option<Mismatch<'a>> {
        use WorldItemKind as Kind;
        match (&expected.kind, &found.kind) {
            (Kind::Interface(a), Kind::Interface(b)) if a == b => None,
            (Kind::Inline(a), Kind::Inline(b)) if a.id == b.id => None,
            (Kind::Inline(a), Kind::Inline(b)) => self.interfaces(a, b),
            (Kind::Function(a), Kind::Function(b)) => self.functions(a, b),
            (Kind::Type(a), Kind::Type(b)) => self.defs(a, b),
            (Kind::Interface(a), Kind::Interface(b)) => {
                self.mismatch(format!("it is `{b}` where `{a}` is expected"))
            }
            (a, b) => self.mismatch(format!("it is {} where {} is expected", kind(b), kind(a))),
        }
    }

    /// Two interfaces: their own types and their functions, by name.
    pub fn interfaces(
        &mut self,
        expected: &'a Interface,
        found: &'a Interface,
    ) -> Option<Mismatch<'a>> {
        self.owners = Some((&expected.id, &found.id));
        let named = |interface: &'a Interface, name: &str| {
            interface.types.iter().find(|def| def.name == name)
        };
        for def in &expected.types {
            let Some(other) = named(found, &def.name) else {
                // A type that is taken from elsewhere shows where it is used.
                if matches!(def.kind, TypeKind::Use(_)) {
                    continue;
                }
                return self.missing(&format!("type `{}`", def.name), &def.position, found);
            };
            if let Some(mismatch) = self.defs(def, other) {
                return Some(mismatch);
            }
        }
        let extra = found.types.iter().find(|def| {
            !matches!(def.kind, TypeKind::Use(_)) && named(expected, &def.name).is_none()
        });
        if let Some(def) = extra {
            return self.extra(&format!("type `{}`", def.name), &def.position, expected);
        }
        let function = |interface: &'a Interface, name: &str| {
            let mut functions = interface.functions.iter();
            functions.find(|function| function.component_name == name)
        };
        for expected in &expected.functions {
            let Some(other) = function(found, &expected.component_name) else {
                let what = format!("function `{}`", expected.path());
                return self.missing(&what, &expected.position, found);
            };
            if let Some(mismatch) = self.functions(expected, other) {
                return Some(Mismatch {
                    what: format!("in `{}`, {}", expected.path(), mismatch.what),
                    ..mismatch
                });
            }
        }
        let is_extra = |f: &&Function| function(expected, &f.component_name).is_none();
        let extra = found.functions.iter().find(is_extra)?;
        let what = format!("function `{}`", extra.path());
        self.extra(&what, &extra.position, expected)
    }

    /// Two functions, whatever their names.
    pub fn functions(
        &mut self,
        expected: &'a Function,
        found: &'a Function,
    ) -> Option<Mismatch<'a>> {
        let (a, b) = (expected, found);
        let mismatch = |what: String| {
            Some(Mismatch {
                what,
                expected: a.position.as_ref(),
                found: b.position.as_ref(),
            })
        };
        let keyword = |function: &Function| match function.is_async {
            true => "async func",
            false => "func",
        };
        if a.is_async != b.is_async {
            return mismatch(format!(
                "it is `{}` where `{}` is expected",
                keyword(b),
                keyword(a)
            ));
        }
        if place_in_resource(a) != place_in_resource(b) {
            return mismatch("one belongs to a resource in another way than the other".to_owned());
        }
        for (at, param) in a.params.iter().enumerate() {
            let Some(other) = b.params.get(at) else {
                return mismatch(format!("parameter `{}` is missing", param.name));
            };
            if param.name != other.name {
                let number = at + 1;
                return mismatch(format!(
                    "parameter {number} is called `{}` where `{}` is expected",
                    other.name, param.name
                ));
            }
            if !self.types(&param.ty, &other.ty) {
                let (expected, found) = self.both(&param.ty, &other.ty);
                return mismatch(format!(
                    "parameter `{}` is `{found}` where `{expected}` is expected",
                    param.name
                ));
            }
        }
        if let Some(extra) = b.params.get(a.params.len()) {
            return mismatch(format!("parameter `{}` is not expected", extra.name));
        }
        match (&a.result, &b.result) {
            (None, None) => None,
            (Some(a), Some(b)) if self.types(a, b) => None,
            (Some(a), Some(b)) => {
                let (expected, found) = self.both(a, b);
                mismatch(format!(
                    "the result is `{found}` where `{expected}` is expected"
                ))
            }
            (Some(a), None) => mismatch(format!(
                "there is no result where `{}` is expected",
                self.shown(a)
            )),
            (None, Some(b)) => mismatch(format!(
                "the result is `{}` where none is expected",
                self.shown(b)
            )),
        }
    }

    /// Two definitions of types.
    fn defs(&mut self, expected: &'a TypeDef, found: &'a TypeDef) -> Option<Mismatch<'a>> {
        let how = self.difference(expected, found)?;
        Some(Mismatch {
            what: format!("type `{}`: {how}", expected.name),
            expected: expected.position.as_ref(),
            found: found.position.as_ref(),
        })
    }

    fn difference(&mut self, a: &'a TypeDef, b: &'a TypeDef) -> Option<String> {
        let parts = match (&a.kind, &b.kind) {
            (TypeKind::Record(a), TypeKind::Record(b)) => {
                let part = |f: &'a crate::model::Field| (f.name.as_str(), Some(&f.ty));
                (
                    "field",
                    a.iter().map(part).collect(),
                    b.iter().map(part).collect(),
                )
            }
            (TypeKind::Variant(a), TypeKind::Variant(b))
            | (TypeKind::Enum(a), TypeKind::Enum(b)) => {
                let part = |c: &'a crate::model::Case| (c.name.as_str(), c.ty.as_ref());
                (
                    "case",
                    a.iter().map(part).collect(),
                    b.iter().map(part).collect(),
                )
            }
            (TypeKind::Flags(a), TypeKind::Flags(b)) => {
                let part = |f: &'a crate::model::Flag| (f.name.as_str(), None);
                (
                    "flag",
                    a.iter().map(part).collect(),
                    b.iter().map(part).collect(),
                )
            }
            (TypeKind::Resource, TypeKind::Resource) => return None,
            (TypeKind::Alias(a), TypeKind::Alias(b)) => {
                return (!self.types(a, b)).then(|| {
                    let (expected, found) = self.both(a, b);
                    format!("it is `{found}` where `{expected}` is expected")
                });
            }
            (TypeKind::Use(a), TypeKind::Use(b)) => {
                return (!self.names(a, b)).then(|| format!("it is `{b}` where `{a}` is expected"));
            }
            _ => return Some("it is of another kind".to_owned()),
        };
        self.parts(parts)
    }

    fn parts(&mut self, (what, a, b): (&str, Parts<'a>, Parts<'a>)) -> Option<String> {
        for (at, (name, ty)) in a.iter().enumerate() {
            match b.get(at) {
                None => return Some(format!("{what} `{name}` is missing")),
                Some((other, _)) if other != name => {
                    return Some(format!(
                        "{what} `{other}` stands where `{name}` is expected"
                    ));
                }
                Some((_, other)) => {
                    let is_equal = match (ty, other) {
                        (Some(a), Some(b)) => self.types(a, b),
                        (None, None) => true,
                        _ => false,
                    };
                    if !is_equal {
                        return Some(format!("{what} `{name}` has another type"));
                    }
                }
            }
        }
        let (extra, _) = b.get(a.len())?;
        Some(format!("{what} `{extra}` is not expected"))
    }

    fn types(&mut self, a: &'a Type, b: &'a Type) -> bool {
        let all = |shapes: &mut Self, a: &[&'a Option<Box<Type>>], b: &[&'a Option<Box<Type>>]| {
            a.iter().zip(b).all(|(a, b)| match (a, b) {
                (Some(a), Some(b)) => shapes.types(a, b),
                (None, None) => true,
                _ => false,
            })
        };
        match (a, b) {
            (Type::Named(a), Type::Named(b))
            | (Type::Own(a), Type::Own(b))
            | (Type::Borrow(a), Type::Borrow(b)) => self.names(a, b),
            (Type::Option(a), Type::Option(b)) | (Type::List(a), Type::List(b)) => self.types(a, b),
            (Type::Result { ok: a, err: c }, Type::Result { ok: b, err: d }) => {
                all(self, &[a, c], &[b, d])
            }
            (Type::Future(a), Type::Future(b)) | (Type::Stream(a), Type::Stream(b)) => {
                all(self, &[a], &[b])
            }
            (Type::Tuple(a), Type::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.types(a, b))
            }
            (
                Type::FixedLengthList {
                    element: a,
                    length: n,
                },
                Type::FixedLengthList {
                    element: b,
                    length: m,
                },
            ) => n == m && self.types(a, b),
            (Type::Map { key: a, value: c }, Type::Map { key: b, value: d }) => {
                self.types(a, b) && self.types(c, d)
            }
            (a, b) => a == b,
        }
    }

    /// Whether two names stand for the same definition, or for definitions of one name and shape in
    /// the two interfaces.
    fn names(&mut self, a: &'a TypeName, b: &'a TypeName) -> bool {
        let (Some((a_owner, a)), Some((b_owner, b))) =
            (self.index.definition(a), self.index.definition(b))
        else {
            return a == b;
        };
        if a_owner == b_owner {
            return a.name == b.name;
        }
        if self.owners != Some((a_owner, b_owner)) || a.name != b.name {
            return false;
        }
        // A type that is being compared further up is as equal as the rest of it.
        !self.seen.insert(a.name.clone()) || self.difference(a, b).is_none()
    }

    /// Two types that differ: with the full names of what they consist of if they read the same
    /// otherwise.
    fn both(&self, expected: &Type, found: &Type) -> (String, String) {
        let plain = (self.shown(expected), self.shown(found));
        match plain.0 == plain.1 {
            true => (self.written(expected, true), self.written(found, true)),
            false => plain,
        }
    }

    /// A type in which names are those of definitions.
    fn shown(&self, ty: &Type) -> String {
        self.written(ty, false)
    }

    fn written(&self, ty: &Type, is_full: bool) -> String {
        let mut line = Line {
            index: self.index,
            is_full,
            text: String::new(),
        };
        write_type(ty, &mut line).expect("a string takes everything");
        line.text
    }

    fn mismatch(&self, what: String) -> Option<Mismatch<'a>> {
        Some(Mismatch {
            what,
            expected: None,
            found: None,
        })
    }

    fn missing(
        &self,
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

    fn extra(
        &self,
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
}

/// Whether a function is a method, a static one or a constructor, and of which resource.
fn place_in_resource(function: &Function) -> (u8, Option<&str>) {
    let kind = match function.kind {
        FunctionKind::Freestanding => 0,
        FunctionKind::Method(_) => 1,
        FunctionKind::Static(_) => 2,
        FunctionKind::Constructor(_) => 3,
    };
    (kind, function.resource().map(|name| name.name.as_str()))
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
        match self.is_full {
            true => write!(self.text, "{owner}.{name}"),
            false => self.text.write_str(name),
        }
    }
}
