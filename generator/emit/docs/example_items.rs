//! Which items of a package have examples, and which examples have no item.

use std::collections::{BTreeMap, BTreeSet};

use super::examples::Examples;
use super::site::Site;
use crate::diagnostic::{Diagnostic, Position, codes};
use crate::model::{Function, TypeKind};
use crate::names::nearest;

/// An item that can have an example.
enum Item<'a> {
    Function(&'a Function),
    /// A type, an interface or a world.
    Other,
}

/// The anchors of all items that can have an example.
fn items<'a>(site: &Site<'a>) -> BTreeMap<String, Item<'a>> {
    let mut items = BTreeMap::new();
    for home in site.own_homes() {
        items.insert(home.own_anchor().to_owned(), Item::Other);
        let types = home.types.values();
        for def in types.filter(|def| !matches!(def.kind, TypeKind::Use(_))) {
            items.insert(home.anchor(&home.type_path(def)), Item::Other);
        }
        for function in home.functions.values() {
            let anchor = home.anchor(&home.path_of_function(function));
            items.insert(anchor, Item::Function(function));
        }
    }
    items
}

/// Returns an error for each example whose item doesn't exist.
pub(super) fn unknown(site: &Site<'_>, examples: &Examples) -> Vec<Diagnostic> {
    if examples.is_empty() {
        return Vec::new();
    }
    let items = items(site);
    let unknown = examples.names().filter(|(name, _)| !items.contains_key(*name));
    let error = |(name, position): (&str, &Position)| {
        let package = &site.model.package().id;
        let written = &position.file().text()[position.range()];
        let message = format!("no function, type, interface or world `{written}` in {package}");
        Diagnostic::error(codes::UNKNOWN_EXAMPLE, message)
            .at(position.clone().into())
            .help(help(name, items.keys().map(String::as_str).collect()))
    };
    unknown.map(error).collect()
}

/// Returns the nearest name, and the names next to it.
fn help(name: &str, names: Vec<&str>) -> String {
    let mut dots = name.match_indices('.').map(|(at, _)| &name[..at]);
    let parent = dots.rfind(|parent| names.contains(parent));
    let children = names.iter().copied().filter(|name| match parent {
        None => !name.contains('.'),
        Some(parent) => {
            let rest = name.strip_prefix(parent).and_then(|rest| rest.strip_prefix('.'));
            rest.is_some_and(|rest| !rest.contains('.'))
        }
    });
    let children = children.collect::<Vec<_>>().join(", ");
    let list = match parent {
        None => format!("interfaces and worlds: {children}"),
        Some(parent) => format!("`{parent}` has: {children}"),
    };
    match nearest(name, names) {
        Some(near) => format!("did you mean `{near}`? {list}"),
        None => list,
    }
}

/// Returns a finding for each function without an example.
///
/// A function of a world is also one of the worlds that include it: an example for one of these is enough.
pub(super) fn missing(site: &Site<'_>, examples: &Examples) -> Vec<Diagnostic> {
    let items = items(site);
    let functions = || {
        items.iter().filter_map(|(anchor, item)| match item {
            Item::Function(function) => Some((anchor, *function)),
            Item::Other => None,
        })
    };
    let has_example = |anchor: &str| examples.get(anchor).is_some();
    let with_example = functions().filter(|(anchor, _)| has_example(anchor));
    let mut done: BTreeSet<_> =
        with_example.filter_map(|(_, function)| written_at(function)).collect();
    let mut missing = Vec::new();
    for (anchor, function) in functions().filter(|(anchor, _)| !has_example(anchor)) {
        if written_at(function).is_some_and(|place| !done.insert(place)) {
            continue;
        }
        let message = format!("function `{anchor}` has no example");
        let mut finding = Diagnostic::error(codes::MISSING_EXAMPLE, message).help(format!(
            "write one between `// ANCHOR: {anchor}` and `// ANCHOR_END: {anchor}`"
        ));
        if let Some(position) = &function.position {
            finding = finding.at(position.clone().into());
        }
        missing.push((function.position.as_ref(), finding));
    }
    missing.sort_by_key(|(position, _)| *position);
    missing.into_iter().map(|(_, finding)| finding).collect()
}

/// Returns the file that a function is written in, and the byte that it starts at.
fn written_at(function: &Function) -> Option<(&str, usize)> {
    let position = function.position.as_ref()?;
    Some((position.path(), position.start()))
}
