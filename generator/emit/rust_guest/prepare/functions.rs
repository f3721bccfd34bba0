//! Functions and methods whose names clash in Rust: with functions that wit-bindgen generates for each imported resource, with
//! the constructor, which is `new`, and with setters, which are `set_…`.

use std::collections::{HashMap, HashSet};

use heck::ToSnakeCase;
use wit_parser::{Function, FunctionKind, InterfaceId, Resolve, TypeId, WorldId};

use super::module::{Module, change_functions};
use super::placeholder::Placeholders;
use crate::emit::rust_names::{ident, is_escaped};
use crate::emit::world::Direction;

/// The items of an imported resource in Rust.
const OF_RESOURCES: [&str; 3] = ["from_handle", "handle", "take_handle"];

/// The functions beside each other: in which module, of which resource, and whether they are exported.
type Scope = (Option<InterfaceId>, Option<TypeId>, bool);

/// Renames functions: the method `handle` is `handle_`.
pub(super) fn rename(resolve: &mut Resolve, world: WorldId, placeholders: &mut Placeholders) {
    let mut taken: HashMap<Scope, HashSet<String>> = HashMap::new();
    let mut new_names: HashMap<(Option<InterfaceId>, bool, String), String> = HashMap::new();
    for module in Module::all(resolve, world) {
        let mut symbols: HashSet<String> = HashSet::new();
        let (fixed, others): (Vec<_>, Vec<_>) =
            module.functions.iter().partition(|(_, function)| is_fixed(function));
        for (direction, function) in fixed.into_iter().chain(others) {
            let is_exported = *direction == Direction::Export;
            let resource = function.kind.resource();
            let names =
                taken.entry((module.interface, resource, is_exported)).or_insert_with(|| {
                    let of_resources = OF_RESOURCES.map(str::to_owned);
                    HashSet::from_iter(
                        of_resources.into_iter().filter(|_| resource.is_some() && !is_exported),
                    )
                });
            let rust_name = rust_name(function);
            let mut free = rust_name.clone();
            while !names.insert(free.clone()) {
                free.push('_');
            }
            // An exported function is also a function of the module, in whose name hyphens, dots and brackets are the same.
            let is_symbol_free = !is_exported || symbols.insert(symbol(&function.name));
            let is_kept = free == rust_name && is_symbol_free && !is_escaped(function.item_name());
            if !is_kept && !is_fixed(function) {
                let item = function.item_name();
                let prefix = function.name.strip_suffix(item).unwrap_or_default();
                let name = format!("{prefix}{}", placeholders.add(item, free));
                new_names.insert((module.interface, is_exported, function.name.clone()), name);
            }
        }
    }
    change_functions(resolve, world, |direction, interface, function| {
        let is_exported = direction == Direction::Export;
        let key = (interface, is_exported, function.name.clone());
        if let Some(name) = new_names.remove(&key) {
            function.name = name;
        }
    });
}

/// Whether the name in Rust isn't the one in WIT alone.
fn is_fixed(function: &Function) -> bool {
    matches!(
        function.kind,
        FunctionKind::Constructor(_)
            | FunctionKind::Setter
            | FunctionKind::MethodSetter(_)
            | FunctionKind::StaticSetter(_)
    )
}

fn rust_name(function: &Function) -> String {
    match function.kind {
        FunctionKind::Constructor(_) => "new".to_owned(),
        _ if is_fixed(function) => ident(&format!("set-{}", function.item_name())),
        _ => ident(function.item_name()),
    }
}

/// Returns wit-bindgen's symbol for a function's full name, for exported functions.
fn symbol(name: &str) -> String {
    name.to_snake_case().replace('.', "_")
}
