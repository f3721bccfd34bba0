//! Anchors and file names: qualified, in lower case, unique on their page.

use std::collections::{HashMap, HashSet};

use crate::model::{Accessor, Direction, Function, FunctionKind, TypeDef, TypeKind};

/// Returns a function's path under its interface. A setter's path differs from that of its getter with the same name, and so
/// does that of a function with the name of the constructor.
pub(super) fn function_path(function: &Function) -> String {
    let path = function.path();
    let is_constructor = matches!(function.kind, FunctionKind::Constructor(_));
    match function.accessor {
        Some(Accessor::Setter) => format!("{path}.set"),
        _ if function.name == "constructor" && !is_constructor => format!("{path}.func"),
        _ => path,
    }
}

/// The path of a world's own function under its world.
pub(super) fn world_function_path(direction: Direction, function: &Function) -> String {
    format!("{}.{}", direction.name(), function_path(function))
}

/// The paths of a type's fields, cases or flags.
pub(super) fn member_paths(def: &TypeDef, path: &str) -> Vec<String> {
    let names = member_names(def).into_iter();
    names.map(|name| format!("{path}.{name}")).collect()
}

/// The names of a type's fields, cases or flags.
pub(super) fn member_names(def: &TypeDef) -> Vec<&str> {
    match &def.kind {
        TypeKind::Record(fields) => fields.iter().map(|field| field.name.as_str()).collect(),
        TypeKind::Variant(cases) | TypeKind::Enum(cases) => {
            cases.iter().map(|case| case.name.as_str()).collect()
        }
        TypeKind::Flags(flags) => flags.iter().map(|flag| flag.name.as_str()).collect(),
        TypeKind::Resource | TypeKind::Alias(_) | TypeKind::Use(_) => Vec::new(),
    }
}

/// Names in lower case, where two of them would be the same.
///
/// Numbers names that are equal in lower case: a name that already is in lower case has no number, the others count from 2 in
/// their order.
pub(super) fn clashes(names: Vec<String>) -> HashMap<String, String> {
    if !names.iter().any(|name| name.contains(char::is_uppercase)) {
        return HashMap::new();
    }
    let mut groups: HashMap<String, Vec<String>> = HashMap::new();
    for name in names {
        groups.entry(name.to_lowercase()).or_default().push(name);
    }
    let taken: HashSet<String> = groups.keys().cloned().collect();
    let mut clashes = HashMap::new();
    for (lower, mut names) in groups {
        // Stable: only the name that is in lower case moves, to the front.
        names.sort_by_key(|name| *name != lower);
        let mut number = 1;
        for name in names.into_iter().skip(1) {
            number += 1;
            while taken.contains(&format!("{lower}.{number}")) {
                number += 1;
            }
            clashes.insert(name, format!("{lower}.{number}"));
        }
    }
    clashes
}
