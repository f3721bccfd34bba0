//! Types and functions as WIT writes them, for people.

use std::fmt::{self, Display, Formatter};

use super::{Accessor, Function, FunctionKind, Stability, Type, TypeName};

/// An item's full name, with the version at its end as WIT's item names have it:
/// `wasi:http/types.request@0.3.3`.
pub(super) fn item_name(owner: &str, item: &str) -> String {
    match owner.split_once('@') {
        Some((name, version)) if !version.contains('#') => format!("{name}.{item}@{version}"),
        _ => format!("{owner}.{item}"),
    }
}

/// Writes a type; `name` writes the names in it.
pub(super) fn write_type(
    ty: &Type,
    f: &mut impl fmt::Write,
    name: &dyn Fn(&TypeName, &mut dyn fmt::Write) -> fmt::Result,
) -> fmt::Result {
    match ty {
        Type::Bool => f.write_str("bool"),
        Type::U8 => f.write_str("u8"),
        Type::U16 => f.write_str("u16"),
        Type::U32 => f.write_str("u32"),
        Type::U64 => f.write_str("u64"),
        Type::S8 => f.write_str("s8"),
        Type::S16 => f.write_str("s16"),
        Type::S32 => f.write_str("s32"),
        Type::S64 => f.write_str("s64"),
        Type::F32 => f.write_str("f32"),
        Type::F64 => f.write_str("f64"),
        Type::Char => f.write_str("char"),
        Type::String => f.write_str("string"),
        Type::ErrorContext => f.write_str("error-context"),
        Type::Named(named) | Type::Own(named) => name(named, f),
        Type::Borrow(named) => {
            f.write_str("borrow<")?;
            name(named, f)?;
            f.write_str(">")
        }
        Type::Option(inner) => wrapped("option", &[inner], f, name),
        Type::List(inner) => wrapped("list", &[inner], f, name),
        Type::Map { key, value } => wrapped("map", &[key, value], f, name),
        Type::FixedLengthList { element, length } => {
            f.write_str("list<")?;
            write_type(element, f, name)?;
            write!(f, ", {length}>")
        }
        Type::Tuple(types) => wrapped("tuple", &types.iter().collect::<Vec<_>>(), f, name),
        Type::Future(None) => f.write_str("future"),
        Type::Future(Some(inner)) => wrapped("future", &[inner], f, name),
        Type::Stream(None) => f.write_str("stream"),
        Type::Stream(Some(inner)) => wrapped("stream", &[inner], f, name),
        Type::Result { ok, err } => match (ok, err) {
            (None, None) => f.write_str("result"),
            (Some(ok), None) => wrapped("result", &[ok], f, name),
            (Some(ok), Some(err)) => wrapped("result", &[ok, err], f, name),
            (None, Some(err)) => {
                f.write_str("result<_, ")?;
                write_type(err, f, name)?;
                f.write_str(">")
            }
        },
    }
}

fn wrapped(
    keyword: &str,
    types: &[&Type],
    f: &mut impl fmt::Write,
    name: &dyn Fn(&TypeName, &mut dyn fmt::Write) -> fmt::Result,
) -> fmt::Result {
    f.write_str(keyword)?;
    f.write_str("<")?;
    for (at, ty) in types.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write_type(ty, f, name)?;
    }
    f.write_str(">")
}

/// Writes a function as WIT writes it, without its name: `async func(a: u8) -> string`.
pub(super) fn write_function(
    function: &Function,
    f: &mut impl fmt::Write,
    name: &dyn Fn(&TypeName, &mut dyn fmt::Write) -> fmt::Result,
) -> fmt::Result {
    f.write_str(match &function.kind {
        FunctionKind::Constructor(_) => "",
        FunctionKind::Static(_) => "static ",
        FunctionKind::Freestanding | FunctionKind::Method(_) => "",
    })?;
    f.write_str(if function.is_async { "async " } else { "" })?;
    f.write_str(match (&function.kind, function.accessor) {
        (FunctionKind::Constructor(_), _) => "",
        (_, Some(Accessor::Getter)) => "get",
        (_, Some(Accessor::Setter)) => "set",
        (_, None) => "func",
    })?;
    f.write_str("(")?;
    for (at, param) in function.params.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{}: ", param.name)?;
        write_type(&param.ty, f, name)?;
    }
    f.write_str(")")?;
    match &function.result {
        // A constructor's result is its resource; WIT writes only one that can fail.
        Some(Type::Own(_)) if matches!(function.kind, FunctionKind::Constructor(_)) => Ok(()),
        Some(result) => {
            f.write_str(" -> ")?;
            write_type(result, f, name)
        }
        None => Ok(()),
    }
}

fn plain(name: &TypeName, f: &mut dyn fmt::Write) -> fmt::Result {
    f.write_str(&name.name)
}

impl Display for Type {
    /// The type as WIT writes it where its names are in scope: `result<response, error-code>`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_type(self, f, &plain)
    }
}

impl Display for TypeName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&item_name(&self.owner, &self.name))
    }
}

impl Display for Function {
    /// The function as WIT writes it: `get-method: func() -> method`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !matches!(self.kind, FunctionKind::Constructor(_)) {
            f.write_str(": ")?;
        }
        write_function(self, f, &plain)
    }
}

impl Display for Stability {
    /// `since 0.3.0`, `unstable (feature)`, with `, deprecated 0.4.0` if it is; nothing if unknown.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let deprecated = match self {
            Stability::Unknown => return Ok(()),
            Stability::Stable { since, deprecated } => {
                write!(f, "since {since}")?;
                deprecated
            }
            Stability::Unstable {
                feature,
                deprecated,
            } => {
                write!(f, "unstable ({feature})")?;
                deprecated
            }
        };
        match deprecated {
            Some(version) => write!(f, ", deprecated {version}"),
            None => Ok(()),
        }
    }
}
