//! Types and their definitions.

use std::sync::Arc;

use serde::Serialize;

use super::{Position, Stability};

/// A type as it is used: a built-in one, a name, or one made of others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the cases are WIT's own keywords")]
pub enum Type {
    Bool,
    U8,
    U16,
    U32,
    U64,
    S8,
    S16,
    S32,
    S64,
    F32,
    F64,
    Char,
    String,
    ErrorContext,
    /// A type by its name.
    Named(TypeName),
    /// A handle to a resource, handed over.
    Own(TypeName),
    /// A handle to a resource, lent for the duration of a call.
    Borrow(TypeName),
    Option(Box<Type>),
    Result {
        ok: Option<Box<Type>>,
        err: Option<Box<Type>>,
    },
    Tuple(Vec<Type>),
    List(Box<Type>),
    FixedLengthList {
        element: Box<Type>,
        length: u32,
    },
    Map {
        key: Box<Type>,
        value: Box<Type>,
    },
    Future(Option<Box<Type>>),
    Stream(Option<Box<Type>>),
}

/// The name of a type, and of the interface or world that defines it or brings it in by `use`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TypeName {
    /// The full name of an interface or world.
    pub owner: Arc<str>,
    /// The name in it.
    pub name: String,
}

/// A type's definition.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TypeDef {
    /// The name in its interface or world.
    pub name: String,
    /// Documentation, in Markdown.
    pub docs: Option<String>,
    /// Its gate.
    pub stability: Stability,
    /// Its place in the source.
    pub position: Option<Position>,
    /// Its kind.
    pub kind: TypeKind,
    /// Types and functions that name it, by full name, sorted: `wasi:http/handler.handle@0.3.1002`.
    pub used_by: Vec<String>,
    /// The `external-id` attribute.
    pub external_id: Option<String>,
}

/// The definition of a type.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TypeKind {
    /// `record`.
    Record(Vec<Field>),
    /// `variant`.
    Variant(Vec<Case>),
    /// `enum`; its cases have no payload.
    Enum(Vec<Case>),
    /// `flags`.
    Flags(Vec<Flag>),
    /// `resource`; its functions stand among those of the interface.
    Resource,
    /// `type a = …`.
    Alias(Type),
    /// `use other.{a}`, or `use other.{b as a}`: the type as it is called there.
    Use(TypeName),
}

/// A record's field.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Documentation, in Markdown.
    pub docs: Option<String>,
    /// Its place in the source.
    pub position: Option<Position>,
}

/// A case of a variant or an enum.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its payload.
    #[serde(rename = "type")]
    pub ty: Option<Type>,
    /// Documentation, in Markdown.
    pub docs: Option<String>,
    /// Its place in the source.
    pub position: Option<Position>,
}

/// One of a set of flags.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// Documentation, in Markdown.
    pub docs: Option<String>,
    /// Its place in the source.
    pub position: Option<Position>,
}

impl Type {
    /// Calls `visit` for every name in the type, inner ones too.
    pub fn names<'a>(&'a self, visit: &mut impl FnMut(&'a TypeName)) {
        match self {
            Type::Named(name) | Type::Own(name) | Type::Borrow(name) => visit(name),
            Type::Option(inner) | Type::List(inner) => inner.names(visit),
            Type::FixedLengthList { element, .. } => element.names(visit),
            Type::Future(inner) | Type::Stream(inner) => {
                if let Some(inner) = inner {
                    inner.names(visit);
                }
            }
            Type::Result { ok, err } => {
                for inner in [ok, err].into_iter().flatten() {
                    inner.names(visit);
                }
            }
            Type::Map { key, value } => {
                key.names(visit);
                value.names(visit);
            }
            Type::Tuple(types) => types.iter().for_each(|ty| ty.names(visit)),
            Type::Bool
            | Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::S8
            | Type::S16
            | Type::S32
            | Type::S64
            | Type::F32
            | Type::F64
            | Type::Char
            | Type::String
            | Type::ErrorContext => {}
        }
    }
}

impl TypeDef {
    /// Returns what the type is, in WIT's words.
    pub(crate) fn noun(&self) -> &'static str {
        match self.kind {
            TypeKind::Record(_) => "record",
            TypeKind::Variant(_) => "variant",
            TypeKind::Enum(_) => "enum",
            TypeKind::Flags(_) => "flags",
            TypeKind::Resource => "resource",
            TypeKind::Alias(_) | TypeKind::Use(_) => "type",
        }
    }

    /// Returns what the members of the type are called: `field`, `case` or `flag`.
    pub(crate) fn member_noun(&self) -> &'static str {
        match self.kind {
            TypeKind::Record(_) => "field",
            TypeKind::Flags(_) => "flag",
            _ => "case",
        }
    }

    /// Calls `visit` for every name in the definition.
    pub fn names<'a>(&'a self, visit: &mut impl FnMut(&'a TypeName)) {
        match &self.kind {
            TypeKind::Record(fields) => fields.iter().for_each(|field| field.ty.names(visit)),
            TypeKind::Variant(cases) | TypeKind::Enum(cases) => {
                for ty in cases.iter().filter_map(|case| case.ty.as_ref()) {
                    ty.names(visit);
                }
            }
            TypeKind::Alias(ty) => ty.names(visit),
            TypeKind::Use(name) => visit(name),
            TypeKind::Flags(_) | TypeKind::Resource => {}
        }
    }
}
