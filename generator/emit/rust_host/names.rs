//! How wasmtime's `bindgen!` names things in Rust.

use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_parser::{Function, FunctionKind, InterfaceId, PackageId, Resolve, WorldId, WorldKey};

pub(super) use crate::emit::rust_names::ident;

/// Returns the struct of a world. The names of its other items begin with the same name.
pub(super) fn world(resolve: &Resolve, id: WorldId) -> String {
    match resolve.worlds[id].name.as_str() {
        "host" => "Host_".to_owned(),
        name => name.to_upper_camel_case(),
    }
}

/// Returns the module of a package, in the module of its namespace.
pub(super) fn package(resolve: &Resolve, id: PackageId) -> String {
    let name = &resolve.packages[id].name;
    let base = name.name.to_snake_case();
    let mut versions = resolve.packages.iter().filter(|(_, other)| {
        // `bindgen!` doesn't read a package that the world doesn't reach.
        let is_reached = !other.interfaces.is_empty() || !other.worlds.is_empty();
        is_reached && other.name.namespace == name.namespace && other.name.name == name.name
    });
    match (&name.version, versions.nth(1)) {
        (Some(version), Some(_)) => {
            let version = version.to_string().replace(['.', '-', '+'], "_");
            format!("{base}{}", version.to_snake_case())
        }
        _ => base,
    }
}

/// Returns the modules that lead to an interface: `["wasi", "http", "types"]`. Those of an exported
/// interface are in the module `exports`.
pub(super) fn interface(resolve: &Resolve, key: &WorldKey, id: InterfaceId) -> Vec<String> {
    let interface = &resolve.interfaces[id];
    match (key, &interface.name, interface.package) {
        (WorldKey::Interface(_), Some(name), Some(package_id)) => {
            let namespace = resolve.packages[package_id].name.namespace.to_snake_case();
            vec![namespace, package(resolve, package_id), ident(name)]
        }
        (WorldKey::Name(name), ..) => vec![ident(name)],
        (WorldKey::Interface(_), ..) => Vec::new(),
    }
}

/// Returns the name of a function in a trait that the embedder implements.
pub(super) fn function(function: &Function) -> String {
    match function.kind {
        FunctionKind::Constructor(_) => "new".to_owned(),
        _ => ident(function.item_name()),
    }
}
