//! The imports of a world that wasmtime doesn't implement: interfaces, and functions and types of its own.

use std::collections::{HashMap, HashSet};

use heck::ToUpperCamelCase;
use wit_parser::{InterfaceId, Resolve, TypeDefKind, TypeId, WorldItem, WorldKey};

use super::functions::{Function, Imported};
use super::wasi::WasiImport;
use crate::emit::rust_host::names;
use crate::emit::rust_names::{Named, Reexport, reexports, short_to_long};
use crate::emit::world::World;

/// An imported interface that wasmtime doesn't implement.
pub(in crate::emit::rust_host) struct Interface {
    pub interface: InterfaceId,
    /// Its path in the bindings and its short name.
    pub reexport: Reexport,
    /// The labels under which the world imports it, if not under its own name.
    pub labels: Vec<Label>,
    pub items: Items,
}

/// A label under which a world imports an interface.
pub(in crate::emit::rust_host) struct Label {
    pub name: String,
    /// The associated type that implements the interface.
    pub ty: String,
    /// The function that returns that implementation.
    pub function: String,
}

/// Functions and resources that one trait and its supertraits have.
pub(in crate::emit::rust_host) struct Items {
    /// Whether there are no functions and no resources: a linker then needs nothing.
    pub is_empty: bool,
    /// Whether any function outside of the resources needs the store.
    pub needs_store: bool,
    pub resources: Vec<Resource>,
}

/// A resource that the embedder implements.
pub(in crate::emit::rust_host) struct Resource {
    /// Its name in Rust.
    pub type_name: String,
    /// Whether any of its functions needs the store.
    pub needs_store: bool,
}

/// Names that have another meaning in the front door.
const RESERVED: [&str; 9] = [
    "bindings",
    "exports",
    "p2",
    "p2_http",
    "p3",
    "p3_http",
    "wasmtime",
    "wasmtime_wasi",
    "wasmtime_wasi_http",
];

/// Returns the imported interfaces that wasmtime doesn't implement, each once.
pub(super) fn interfaces(
    world: &World<'_>,
    wasi: &[WasiImport],
    imported: &Imported<'_, '_>,
) -> Vec<Interface> {
    let resolve = world.resolve;
    let mut labels = labels(world);
    let mut seen: HashSet<_> = wasi.iter().map(|import| import.interface).collect();
    let (ids, named): (Vec<_>, Vec<_>) = resolve.worlds[world.id]
        .imports
        .iter()
        .filter_map(|(key, item)| match item {
            WorldItem::Interface { id, .. } => {
                seen.insert(*id).then(|| (*id, named(world, key, *id)))
            }
            _ => None,
        })
        .unzip();
    ids.into_iter()
        .zip(reexports(named, names::ident, &RESERVED))
        .map(|(id, reexport)| {
            let types = resolve.interfaces[id].types.values().copied();
            Interface {
                interface: id,
                reexport,
                labels: labels.remove(&id).unwrap_or_default(),
                items: Items::of(resolve, imported.get(&Some(id)), types),
            }
        })
        .collect()
}

/// Returns the functions and resources that the world itself imports.
pub(super) fn own_items(world: &World<'_>, imported: &Imported<'_, '_>) -> Items {
    let imports = world.resolve.worlds[world.id].imports.values();
    let types = imports.filter_map(|item| match item {
        WorldItem::Type { id, .. } => Some(*id),
        _ => None,
    });
    Items::of(world.resolve, imported.get(&None), types)
}

/// Returns an imported interface with its possible names.
fn named(world: &World<'_>, key: &WorldKey, id: InterfaceId) -> Named {
    let resolve = world.resolve;
    let name = resolve.interfaces[id].name.as_deref();
    // An interface that the world imports under a label is in the module of its own name.
    let own = WorldKey::Interface(id);
    let key = if name.is_some() { &own } else { key };
    let modules = names::interface(resolve, key, id);
    let outer = modules.iter().rev().skip(1).map(String::as_str);
    Named {
        id: resolve.name_world_key(key),
        path: modules.join("::"),
        names: short_to_long(key, name.unwrap_or_default(), outer),
    }
}

/// Returns the labels under which a world imports interfaces.
fn labels(world: &World<'_>) -> HashMap<InterfaceId, Vec<Label>> {
    let mut labels: HashMap<_, Vec<Label>> = HashMap::new();
    for (key, item) in &world.resolve.worlds[world.id].imports {
        if let (WorldKey::Name(label), WorldItem::Interface { id, .. }) = (key, item)
            && world.resolve.interfaces[*id].name.is_some()
        {
            labels.entry(*id).or_default().push(Label::new(label));
        }
    }
    labels
}

impl Label {
    fn new(name: &str) -> Self {
        Label {
            name: name.to_owned(),
            ty: match name.to_upper_camel_case() {
                ty if ty == "Self" => "Self_".to_owned(),
                ty => ty,
            },
            function: names::ident(name),
        }
    }
}

impl Items {
    /// Returns what `functions` and the resources among `types` need.
    fn of(
        resolve: &Resolve,
        functions: Option<&Vec<&Function<'_>>>,
        types: impl Iterator<Item = TypeId>,
    ) -> Self {
        let functions = functions.map_or(&[][..], Vec::as_slice);
        let needing = functions.iter().filter(|function| function.needs_store);
        let needing: HashSet<_> = needing.map(|function| function.item.kind.resource()).collect();
        let needs_store = |resource: Option<TypeId>| needing.contains(&resource);
        let resources: Vec<_> = types
            .filter(|id| matches!(resolve.types[*id].kind, TypeDefKind::Resource))
            .map(|id| Resource {
                type_name: resolve.types[id]
                    .name
                    .as_deref()
                    .unwrap_or_default()
                    .to_upper_camel_case(),
                needs_store: needs_store(Some(id)),
            })
            .collect();
        Items {
            is_empty: functions.is_empty() && resources.is_empty(),
            needs_store: needs_store(None),
            resources,
        }
    }
}
