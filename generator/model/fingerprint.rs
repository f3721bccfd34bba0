//! A fingerprint of what an interface means.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};
use wit_parser::PackageName;

use super::display::{WriteWit, write_function, write_type};
use super::{Function, Type, TypeDef, TypeKind, TypeName};

/// SHA-256 over an interface's items, each on a line, sorted: types are named in full, and the
/// order of fields and cases counts, since the Canonical ABI depends on it. The version of the
/// interface's own package does not show, so that a release without changes keeps its fingerprints.
pub(super) fn of(
    package: Option<&PackageName>,
    types: &[TypeDef],
    functions: &[Function],
) -> String {
    let own = package.map(Own::of);
    let types = types.iter().map(|ty| line_of_type(ty, own.as_ref()));
    let functions = functions.iter().map(|function| line_of_function(function, own.as_ref()));
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

/// The package that an interface belongs to.
struct Own {
    /// `wasi:http/`
    prefix: String,
    /// `@0.3.1002`
    version: Option<String>,
}

impl Own {
    fn of(package: &PackageName) -> Self {
        Own {
            prefix: format!("{}:{}/", package.namespace, package.name),
            version: package.version.as_ref().map(|v| format!("@{v}")),
        }
    }
}

/// A line in which types are named in full, but for the version of the own package.
struct Line<'a> {
    text: String,
    own: Option<&'a Own>,
}

impl fmt::Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl WriteWit for Line<'_> {
    fn write_name(&mut self, name: &TypeName) -> fmt::Result {
        let own = self.own.filter(|own| name.owner.starts_with(&own.prefix));
        let owner = match own.and_then(|own| own.version.as_deref()) {
            Some(version) => name.owner.replacen(version, "", 1),
            None => name.owner.to_string(),
        };
        write!(self, "{owner}.{}", name.name)
    }
}

fn line_of_function(function: &Function, own: Option<&Own>) -> String {
    let text = format!("{} ", function.component_name);
    let mut line = Line { text, own };
    write_function(function, &mut line).expect("a string takes everything");
    line.text
}

fn line_of_type(def: &TypeDef, own: Option<&Own>) -> String {
    let text = format!("type {} ", def.name);
    let mut line = Line { text, own };
    let written = match &def.kind {
        TypeKind::Record(fields) => {
            let members = fields.iter().map(|f| (f.name.as_str(), Some(&f.ty)));
            write_members(&mut line, "record", members)
        }
        TypeKind::Variant(cases) => {
            let members = cases.iter().map(|c| (c.name.as_str(), c.ty.as_ref()));
            write_members(&mut line, "variant", members)
        }
        TypeKind::Enum(cases) => {
            let members = cases.iter().map(|c| (c.name.as_str(), None));
            write_members(&mut line, "enum", members)
        }
        TypeKind::Flags(flags) => {
            let members = flags.iter().map(|f| (f.name.as_str(), None));
            write_members(&mut line, "flags", members)
        }
        TypeKind::Resource => line.write_str("resource"),
        TypeKind::Alias(ty) => line.write_str("= ").and_then(|()| write_type(ty, &mut line)),
        TypeKind::Use(name) => line.write_str("use ").and_then(|()| line.write_name(name)),
    };
    written.expect("a string takes everything");
    line.text
}

fn write_members<'a>(
    line: &mut Line<'_>,
    keyword: &str,
    members: impl Iterator<Item = (&'a str, Option<&'a Type>)>,
) -> fmt::Result {
    write!(line, "{keyword}")?;
    for (name, ty) in members {
        write!(line, " {name}")?;
        if let Some(ty) = ty {
            line.write_str("(")?;
            write_type(ty, line)?;
            line.write_str(")")?;
        }
    }
    Ok(())
}
