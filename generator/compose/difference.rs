//! Where two interfaces differ, in words.

use wac_graph::types::{DefinedType, InterfaceId, ItemKind, Type, Types, ValueType};

/// The first item that one interface has and the other one lacks: a function, a type, or a case or a
/// field of a type; nothing if they differ in something else. `found` is who has the second interface.
pub(super) fn find(
    types: &Types,
    expected: InterfaceId,
    actual: InterfaceId,
    found: &str,
) -> Option<String> {
    let (expected, actual) = (&types[expected].exports, &types[actual].exports);
    for (name, kind) in expected {
        let Some(other) = actual.get(name) else {
            return Some(format!("`{found}` has no {} `{name}`", kind.desc(types)));
        };
        let (Some((what, ours)), Some((other_what, theirs))) =
            (parts(types, *kind), parts(types, *other))
        else {
            continue;
        };
        if what != other_what {
            continue;
        }
        if let Some(missing) = ours.iter().find(|part| !theirs.contains(part)) {
            return Some(format!("`{name}` of `{found}` has no {what} `{missing}`"));
        }
        if let Some(extra) = theirs.iter().find(|part| !ours.contains(part)) {
            return Some(format!(
                "`{name}` of `{found}` has the {what} `{extra}`, which is not expected"
            ));
        }
    }
    None
}

/// Returns the kind of a type's parts, and their names.
fn parts(types: &Types, kind: ItemKind) -> Option<(&'static str, Vec<&str>)> {
    let ItemKind::Type(Type::Value(ty)) = kind else {
        return None;
    };
    let ValueType::Defined(id) = types.resolve_value_type(ty) else {
        return None;
    };
    Some(match &types[id] {
        DefinedType::Variant(variant) => ("case", names(variant.cases.keys())),
        DefinedType::Enum(cases) => ("case", names(cases.0.iter())),
        DefinedType::Record(record) => ("field", names(record.fields.keys())),
        DefinedType::Flags(flags) => ("flag", names(flags.0.iter())),
        _ => return None,
    })
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    names.map(String::as_str).collect()
}
