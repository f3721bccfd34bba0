//! A fingerprint of what an interface means.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};
use wit_parser::PackageName;

use super::display::{write_function, write_type};
use super::{Function, Type, TypeDef, TypeKind, TypeName};

/// SHA-256 over an interface's items, each on a line, sorted: types are named in full, and the
/// order of fields and cases counts, since the Canonical ABI depends on it. The version of the
/// interface's own package does not show, so that a release without changes keeps its fingerprints.
pub(super) fn of(
    package: Option<&PackageName>,
    types: &[TypeDef],
    functions: &[Function],
) -> String {
    let own = package.map(|package| {
        let version = package.version.as_ref();
        let prefix = format!("{}:{}/", package.namespace, package.name);
        (
            prefix,
            version.map_or_else(String::new, |v| format!("@{v}")),
        )
    });
    let full = |name: &TypeName, f: &mut dyn fmt::Write| -> fmt::Result {
        let owner = match &own {
            Some((prefix, version)) if !version.is_empty() && name.owner.starts_with(prefix) => {
                name.owner.replacen(version, "", 1)
            }
            _ => name.owner.to_string(),
        };
        write!(f, "{owner}.{}", name.name)
    };
    let types = types.iter().map(|ty| line_of_type(ty, &full));
    let functions = functions.iter().map(|f| line_of_function(f, &full));
    let mut lines: Vec<String> = types.chain(functions).collect();
    lines.sort();
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line);
        hash.update("\n");
    }
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        write!(hex, "{byte:02x}").expect("a string takes everything");
    }
    hex
}

type WriteName<'a> = &'a dyn Fn(&TypeName, &mut dyn fmt::Write) -> fmt::Result;

fn line_of_function(function: &Function, full: WriteName<'_>) -> String {
    let mut line = function.component_name.clone();
    line.push(' ');
    write_function(function, &mut line, full).expect("a string takes everything");
    line
}

fn line_of_type(def: &TypeDef, full: WriteName<'_>) -> String {
    let mut line = format!("type {} ", def.name);
    let written = match &def.kind {
        TypeKind::Record(fields) => {
            let members = fields.iter().map(|f| (f.name.as_str(), Some(&f.ty)));
            write_members(&mut line, "record", members, full)
        }
        TypeKind::Variant(cases) => {
            let members = cases.iter().map(|c| (c.name.as_str(), c.ty.as_ref()));
            write_members(&mut line, "variant", members, full)
        }
        TypeKind::Enum(cases) => {
            let members = cases.iter().map(|c| (c.name.as_str(), None));
            write_members(&mut line, "enum", members, full)
        }
        TypeKind::Flags(flags) => {
            let members = flags.iter().map(|f| (f.name.as_str(), None));
            write_members(&mut line, "flags", members, full)
        }
        TypeKind::Resource => line.write_str("resource"),
        TypeKind::Alias(ty) => {
            line.push_str("= ");
            write_type(ty, &mut line, full)
        }
        TypeKind::Use(name) => line.write_str("use ").and_then(|()| full(name, &mut line)),
    };
    written.expect("a string takes everything");
    line
}

fn write_members<'a>(
    line: &mut String,
    keyword: &str,
    members: impl Iterator<Item = (&'a str, Option<&'a Type>)>,
    full: WriteName<'_>,
) -> fmt::Result {
    write!(line, "{keyword}")?;
    for (name, ty) in members {
        write!(line, " {name}")?;
        if let Some(ty) = ty {
            line.push('(');
            write_type(ty, line, full)?;
            line.push(')');
        }
    }
    Ok(())
}
