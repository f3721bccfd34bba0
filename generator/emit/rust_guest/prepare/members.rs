//! Members of types: fields whose variables may be others, and the case `self`, which would be `Self`.

use heck::ToUpperCamelCase;
use wit_parser::{Resolve, TypeDefKind};

use super::locals::Locals;
use super::placeholder::Placeholders;
use crate::emit::rust_names::{ident, is_escaped};

/// Renames members. Fields keep their names in Rust, and get other variables.
pub(super) fn rename(resolve: &mut Resolve, locals: &Locals, placeholders: &mut Placeholders) {
    for (_, ty) in resolve.types.iter_mut() {
        match &mut ty.kind {
            TypeDefKind::Record(record) => {
                for name in record.fields.iter_mut().map(|field| &mut field.name) {
                    if locals.may_be_numbered(name) || is_escaped(name) {
                        *name = placeholders.add(name, ident(name));
                    }
                }
            }
            TypeDefKind::Variant(variant) => {
                let names = variant.cases.iter_mut().map(|case| &mut case.name);
                names.for_each(|name| rename_self(name, placeholders));
            }
            TypeDefKind::Enum(of) => {
                let names = of.cases.iter_mut().map(|case| &mut case.name);
                names.for_each(|name| rename_self(name, placeholders));
            }
            _ => {}
        }
    }
}

fn rename_self(name: &mut String, placeholders: &mut Placeholders) {
    if name.to_upper_camel_case() == "Self" {
        *name = placeholders.add(name, "Self_");
    }
}
