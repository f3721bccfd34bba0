//! The front door of plain glue: what a world's author implements and calls, under short names.

use askama::Template;
use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_bindgen_core::name_package_module;
use wit_bindgen_rust::to_rust_ident;
use wit_parser::{InterfaceId, Resolve, TypeDefKind, WorldItem, WorldKey};

use super::prepare::{Both, Prepared};
pub(super) use crate::emit::rust_names::Reexport;
use crate::emit::rust_names::{Named, ident, reexports, short_to_long};
use crate::emit::world::Direction;

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

/// The origin of a generated file, for its header.
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

/// Modules that mean something else in the front door; `rustfmt` is in an attribute.
const RESERVED_MODULES: [&str; 5] = ["bindings", "exports", "rustfmt", "wit_future", "wit_stream"];

/// Traits that mean something else in the front door, or in Rust.
const RESERVED_TRAITS: [&str; 2] = ["Guest", "Self"];

/// The traits to implement: one for each exported interface that has something to implement.
///
/// They have none of the names in `reserved`.
pub(super) fn traits(prepared: &Prepared, reserved: &[&str]) -> Vec<Reexport> {
    let resolve = &prepared.original;
    let with_trait = prepared.interfaces(Direction::Export).filter(|both| match both.item {
        WorldItem::Interface { id, .. } => has_trait(resolve, *id),
        _ => false,
    });
    // Types of the world are beside the traits.
    let types =
        resolve.worlds[prepared.world]
            .imports
            .iter()
            .filter_map(|(key, item)| match (key, item) {
                (WorldKey::Name(name), WorldItem::Type { .. }) => Some(name.to_upper_camel_case()),
                _ => None,
            });
    let reserved: Vec<String> = RESERVED_TRAITS
        .iter()
        .chain(reserved)
        .map(|name| (*name).to_owned())
        .chain(types)
        .collect();
    let named = with_trait.map(|both| named(prepared, &both, "exports::")).collect();
    let mut traits = reexports(named, |name| name.to_upper_camel_case(), &reserved);
    for reexport in &mut traits {
        reexport.is_renamed = true;
    }
    traits
}

/// The modules to call into: one for each imported interface.
///
/// They have none of the names in `reserved`.
pub(super) fn interfaces(prepared: &Prepared, reserved: &[&str]) -> Vec<Reexport> {
    let imports = prepared.interfaces(Direction::Import);
    let named = imports.map(|both| named(prepared, &both, "")).collect();
    let reserved: Vec<&str> = RESERVED_MODULES.iter().chain(reserved).copied().collect();
    reexports(named, ident, &reserved)
}

pub(super) fn has_own_exports(prepared: &Prepared) -> bool {
    let exports = &prepared.original.worlds[prepared.world].exports;
    exports.values().any(|item| matches!(item, WorldItem::Function(_)))
}

/// Whether wit-bindgen makes a trait for an exported interface: it does for functions and resources.
fn has_trait(resolve: &Resolve, id: InterfaceId) -> bool {
    let interface = &resolve.interfaces[id];
    let mut types = interface.types.values();
    !interface.functions.is_empty()
        || types.any(|id| matches!(resolve.types[*id].kind, TypeDefKind::Resource))
}

/// Returns an interface with its possible names, and its path after `prefix`.
fn named(prepared: &Prepared, both: &Both<'_>, prefix: &str) -> Named {
    let resolve = &prepared.original;
    let path = prepared.name_items(&module_path(&prepared.readable, both.readable));
    Named {
        id: resolve.name_world_key(both.original),
        path: format!("{prefix}{path}"),
        names: names(resolve, both.original),
    }
}

/// Returns the path of an interface's module, as wit-bindgen makes it.
fn module_path(resolve: &Resolve, key: &WorldKey) -> String {
    let id = match key {
        WorldKey::Name(name) => return to_rust_ident(name),
        WorldKey::Interface(id) => *id,
    };
    let interface = &resolve.interfaces[id];
    let name = to_rust_ident(interface.name.as_deref().unwrap_or_default());
    let Some(package) = interface.package else {
        return name;
    };
    let namespace = to_rust_ident(&resolve.packages[package].name.namespace);
    let module = name_package_module(resolve, package);
    format!("{namespace}::{module}::{name}")
}

/// Returns the possible names of an interface, from the shortest to the longest.
fn names(resolve: &Resolve, key: &WorldKey) -> Vec<String> {
    let id = match key {
        WorldKey::Name(name) => return short_to_long(key, name, []),
        WorldKey::Interface(id) => *id,
    };
    let interface = &resolve.interfaces[id];
    let name = interface.name.as_deref().unwrap_or_default();
    let Some(package) = interface.package else {
        return short_to_long(key, name, []);
    };
    let module = name_package_module(resolve, package);
    let namespace = &resolve.packages[package].name.namespace;
    short_to_long(key, name, [&*module, &namespace.to_snake_case()])
}
