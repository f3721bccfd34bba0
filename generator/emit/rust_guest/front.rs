//! The front door of plain glue: what a world's author implements and calls, under short names.

use askama::Template;
use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_bindgen_core::name_package_module;
use wit_bindgen_rust::to_rust_ident;
use wit_parser::{InterfaceId, Resolve, TypeDefKind, WorldId, WorldItem, WorldKey};

pub(super) use crate::emit::rust_names::Reexport;
use crate::emit::rust_names::{Named, reexports, short_to_long};

/// `mod.rs` of plain glue.
#[derive(Template)]
#[template(path = "guest/plain/mod.rs", escape = "none")]
pub(super) struct Front {
    pub header: Header,
    /// Whether the world exports functions of its own, which the trait `Guest` is for.
    pub has_own_exports: bool,
    pub traits: Vec<Reexport>,
    pub interfaces: Vec<Reexport>,
}

/// What every generated file says of where it comes from.
pub(super) struct Header {
    /// The world's full name.
    pub world: String,
    pub witgen_version: &'static str,
    /// The module's path in the crate: `crate::proxy`.
    pub module: String,
    /// Its last part.
    pub module_name: String,
}

impl Header {
    pub fn new(world: String, module: String) -> Self {
        let module_name = module.rsplit("::").next().unwrap_or_default().to_owned();
        Header {
            world,
            witgen_version: env!("CARGO_PKG_VERSION"),
            module,
            module_name,
        }
    }
}

/// Names that mean something else in the front door.
const RESERVED: [&str; 5] = ["bindings", "exports", "wit_future", "wit_stream", "Guest"];

/// The traits to implement: one for each exported interface that has something to implement.
pub(super) fn traits(resolve: &Resolve, world: WorldId) -> Vec<Reexport> {
    let with_trait = resolve.worlds[world].exports.iter().filter(|(_, item)| match item {
        WorldItem::Interface { id, .. } => has_trait(resolve, *id),
        _ => false,
    });
    let named = named(resolve, with_trait, "exports::");
    let mut traits = reexports(named, |name| name.to_upper_camel_case(), &RESERVED);
    for reexport in &mut traits {
        reexport.is_renamed = true;
    }
    traits
}

/// The modules to call into: one for each imported interface.
pub(super) fn interfaces(resolve: &Resolve, world: WorldId) -> Vec<Reexport> {
    let imports = resolve.worlds[world]
        .imports
        .iter()
        .filter(|(_, item)| matches!(item, WorldItem::Interface { .. }));
    reexports(named(resolve, imports, ""), to_rust_ident, &RESERVED)
}

pub(super) fn has_own_exports(resolve: &Resolve, world: WorldId) -> bool {
    let exports = &resolve.worlds[world].exports;
    exports.values().any(|item| matches!(item, WorldItem::Function(_)))
}

/// Whether wit-bindgen makes a trait for an exported interface: it does for functions and resources.
fn has_trait(resolve: &Resolve, id: InterfaceId) -> bool {
    let interface = &resolve.interfaces[id];
    let mut types = interface.types.values();
    !interface.functions.is_empty()
        || types.any(|id| matches!(resolve.types[*id].kind, TypeDefKind::Resource))
}

/// Returns the interfaces among some items with their possible names, and their paths after `prefix`.
fn named<'a>(
    resolve: &Resolve,
    items: impl Iterator<Item = (&'a WorldKey, &'a WorldItem)>,
    prefix: &str,
) -> Vec<Named> {
    items
        .map(|(key, _)| {
            let (path, names) = parts(resolve, key);
            Named {
                id: resolve.name_world_key(key),
                path: format!("{prefix}{path}"),
                names,
            }
        })
        .collect()
}

/// Returns an item's module path in the bindings, and its names from the shortest to the longest.
fn parts(resolve: &Resolve, key: &WorldKey) -> (String, Vec<String>) {
    let id = match key {
        WorldKey::Name(name) => return (to_rust_ident(name), short_to_long(key, name, [])),
        WorldKey::Interface(id) => *id,
    };
    let interface = &resolve.interfaces[id];
    let name = interface.name.as_deref().unwrap_or_default();
    let Some(package) = interface.package else {
        return (to_rust_ident(name), short_to_long(key, name, []));
    };
    let module = name_package_module(resolve, package);
    let namespace = &resolve.packages[package].name.namespace;
    let path = format!(
        "{}::{module}::{}",
        to_rust_ident(namespace),
        to_rust_ident(name)
    );
    let outer = [&*module, &namespace.to_snake_case()];
    (path, short_to_long(key, name, outer))
}
