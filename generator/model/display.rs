//! Types and functions as WIT writes them, for people.

use std::fmt::{self, Display, Formatter};

use super::keyword::escaped;
use super::{
    Accessor, Function, FunctionKind, Param, Stability, Type, TypeDef, TypeKind, TypeName,
};

/// Returns an item's full name, with the version last, as in WIT's item names: `wasi:http/types.request@0.3.1002`.
pub(crate) fn item_name(owner: &str, item: &str) -> String {
    match owner.split_once('@') {
        Some((name, version)) if !version.contains('#') => format!("{name}.{item}@{version}"),
        _ => format!("{owner}.{item}"),
    }
}

/// A writer of WIT: it receives text, and the names of types, which each writer shows in its own way.
pub(crate) trait WriteWit: fmt::Write {
    /// Writes the name of a type.
    fn write_name(&mut self, name: &TypeName) -> fmt::Result;
}

/// Writes a type.
pub(crate) fn write_type(ty: &Type, f: &mut impl WriteWit) -> fmt::Result {
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
        Type::Named(named) | Type::Own(named) => f.write_name(named),
        Type::Borrow(named) => {
            f.write_str("borrow<")?;
            f.write_name(named)?;
            f.write_str(">")
        }
        Type::Option(inner) => wrapped("option", &[inner], f),
        Type::List(inner) => wrapped("list", &[inner], f),
        Type::Map { key, value } => wrapped("map", &[key, value], f),
        Type::FixedLengthList { element, length } => {
            f.write_str("list<")?;
            write_type(element, f)?;
            write!(f, ", {length}>")
        }
        Type::Tuple(types) => wrapped("tuple", &types.iter().collect::<Vec<_>>(), f),
        Type::Future(None) => f.write_str("future"),
        Type::Future(Some(inner)) => wrapped("future", &[inner], f),
        Type::Stream(None) => f.write_str("stream"),
        Type::Stream(Some(inner)) => wrapped("stream", &[inner], f),
        Type::Result { ok, err } => match (ok, err) {
            (None, None) => f.write_str("result"),
            (Some(ok), None) => wrapped("result", &[ok], f),
            (Some(ok), Some(err)) => wrapped("result", &[ok, err], f),
            (None, Some(err)) => {
                f.write_str("result<_, ")?;
                write_type(err, f)?;
                f.write_str(">")
            }
        },
    }
}

fn wrapped(keyword: &str, types: &[&Type], f: &mut impl WriteWit) -> fmt::Result {
    f.write_str(keyword)?;
    f.write_str("<")?;
    for (at, ty) in types.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write_type(ty, f)?;
    }
    f.write_str(">")
}

/// Writes a function as WIT writes it, without its name: `async func(a: u8) -> string`.
pub(crate) fn write_function(function: &Function, f: &mut impl WriteWit) -> fmt::Result {
    write_head(function, f)?;
    for (at, param) in function.params.iter().enumerate() {
        f.write_str(if at > 0 { ", " } else { "" })?;
        write_param(param, f)?;
    }
    write_tail(function, f)
}

/// Writes a function with its name, and each parameter on a line of its own if `is_long`.
pub(crate) fn write_item(function: &Function, is_long: bool, f: &mut impl WriteWit) -> fmt::Result {
    match function.kind {
        FunctionKind::Constructor(_) => f.write_str(&function.name)?,
        _ => write!(f, "{}: ", escaped(&function.name))?,
    }
    if !is_long {
        return write_function(function, f);
    }
    write_head(function, f)?;
    for param in &function.params {
        f.write_str("\n  ")?;
        write_param(param, f)?;
        f.write_str(",")?;
    }
    f.write_str("\n")?;
    write_tail(function, f)
}

/// Writes the definition of a type, without what belongs to a resource.
pub(crate) fn write_type_def(def: &TypeDef, f: &mut impl WriteWit) -> fmt::Result {
    let name = escaped(&def.name);
    match &def.kind {
        TypeKind::Record(fields) => {
            let fields = fields.iter().map(|f| (&f.name, ": ", Some(&f.ty), ""));
            write_members("record", &name, fields, f)
        }
        TypeKind::Variant(cases) | TypeKind::Enum(cases) => {
            let is_enum = matches!(def.kind, TypeKind::Enum(_));
            let keyword = if is_enum { "enum" } else { "variant" };
            let cases = cases.iter().map(|c| (&c.name, "(", c.ty.as_ref(), ")"));
            write_members(keyword, &name, cases, f)
        }
        TypeKind::Flags(flags) => {
            let flags = flags.iter().map(|flag| (&flag.name, "", None, ""));
            write_members("flags", &name, flags, f)
        }
        TypeKind::Resource => write!(f, "resource {name}"),
        TypeKind::Alias(ty) => {
            write!(f, "type {name} = ")?;
            // Where a type is named, the name of a resource alone is the resource, not a handle to it.
            match ty {
                Type::Own(resource) => {
                    f.write_str("own<")?;
                    f.write_name(resource)?;
                    f.write_str(">")
                }
                ty => write_type(ty, f),
            }
        }
        TypeKind::Use(used) => {
            write!(f, "use {}.{{", used.owner)?;
            f.write_name(used)?;
            if used.name == def.name {
                f.write_str("}")
            } else {
                write!(f, " as {name}}}")
            }
        }
    }
}

fn write_members<'a>(
    keyword: &str,
    name: &str,
    members: impl Iterator<Item = (&'a String, &'static str, Option<&'a Type>, &'static str)>,
    f: &mut impl WriteWit,
) -> fmt::Result {
    write!(f, "{keyword} {name} {{")?;
    for (name, before, ty, behind) in members {
        write!(f, "\n  {}", escaped(name))?;
        if let Some(ty) = ty {
            f.write_str(before)?;
            write_type(ty, f)?;
            f.write_str(behind)?;
        }
        f.write_str(",")?;
    }
    f.write_str("\n}")
}

/// Writes the text before the parameters: `static async func(`.
fn write_head(function: &Function, f: &mut impl WriteWit) -> fmt::Result {
    f.write_str(match &function.kind {
        FunctionKind::Static(_) => "static ",
        FunctionKind::Constructor(_) | FunctionKind::Freestanding | FunctionKind::Method(_) => "",
    })?;
    f.write_str(if function.is_async { "async " } else { "" })?;
    f.write_str(match (&function.kind, function.accessor) {
        (FunctionKind::Constructor(_), _) => "(",
        (_, Some(Accessor::Getter)) => "get(",
        (_, Some(Accessor::Setter)) => "set(",
        (_, None) => "func(",
    })
}

fn write_param(param: &Param, f: &mut impl WriteWit) -> fmt::Result {
    write!(f, "{}: ", escaped(&param.name))?;
    write_type(&param.ty, f)
}

/// Writes the text after the parameters: `) -> string`.
fn write_tail(function: &Function, f: &mut impl WriteWit) -> fmt::Result {
    f.write_str(")")?;
    match &function.result {
        // A constructor's result is its resource; WIT writes only one that can fail.
        Some(Type::Own(_)) if matches!(function.kind, FunctionKind::Constructor(_)) => Ok(()),
        Some(result) => {
            f.write_str(" -> ")?;
            write_type(result, f)
        }
        None => Ok(()),
    }
}

/// Writes names as they stand where they are in scope.
struct Plain<'a, 'b>(&'a mut Formatter<'b>);

impl fmt::Write for Plain<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(text)
    }
}

impl WriteWit for Plain<'_, '_> {
    fn write_name(&mut self, name: &TypeName) -> fmt::Result {
        self.0.write_str(&escaped(&name.name))
    }
}

impl Display for Type {
    /// The type as WIT writes it where its names are in scope: `result<response, error-code>`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_type(self, &mut Plain(f))
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
        write_item(self, false, &mut Plain(f))
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
