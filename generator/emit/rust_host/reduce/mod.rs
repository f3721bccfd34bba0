//! The items of a world as `bindgen!` reads them.

use std::collections::HashSet;

use wit_parser::{
    InterfaceId, Resolve, Stability, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem,
};

use super::analysis::wasi::WasiImport;
use crate::emit::rust_names::make_docs_printable;

mod named_streams;
mod names;
mod wasi_versions;

/// Returns the items as `bindgen!` has to read them, and which of `wasi` they import.
///
/// Packages keep the worlds and interfaces that the world reaches. Feature gates are removed, because
/// the features were chosen when the package was read, and `bindgen!` would require them again when a
/// linker is filled. Named streams and futures, which `bindgen!` has no Rust for, are written out
/// where they are used. Of several versions of an interface that wasmtime implements, one stays. Names
/// that `bindgen!` can't use become others.
pub(super) fn reduce(
    resolve: &Resolve,
    world: WorldId,
    wasi: Vec<WasiImport>,
) -> (Resolve, Vec<WasiImport>) {
    let mut resolve = resolve.clone();
    ungate(&mut resolve);
    let wasi = wasi_versions::merge(&mut resolve, world, wasi);
    gate_wasi(&mut resolve, &wasi);
    named_streams::inline(&mut resolve);
    make_docs_printable(&mut resolve);
    prune(&mut resolve, world);
    names::rename(&mut resolve, world);
    (resolve, wasi)
}

/// Returns the interface from which an alias `use`s a type.
fn source_of(resolve: &Resolve, id: TypeId) -> Option<InterfaceId> {
    match resolve.types[id].kind {
        TypeDefKind::Type(Type::Id(target)) => match resolve.types[target].owner {
            TypeOwner::Interface(interface) => Some(interface),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the interfaces that some items of a world reach: themselves, and the interfaces whose types they `use`.
pub(super) fn reached<'a>(
    resolve: &Resolve,
    items: impl Iterator<Item = &'a WorldItem>,
) -> HashSet<InterfaceId> {
    let mut pending = Vec::new();
    for item in items {
        match item {
            WorldItem::Interface { id, .. } => pending.push(*id),
            WorldItem::Type { id, .. } => pending.extend(source_of(resolve, *id)),
            WorldItem::Function(_) => {}
        }
    }
    let mut reached: HashSet<InterfaceId> = HashSet::new();
    while let Some(id) = pending.pop() {
        if reached.insert(id) {
            let interface = &resolve.interfaces[id];
            let types = interface.types.values();
            pending.extend(types.filter_map(|ty| source_of(resolve, *ty)));
            // An interface that the world imports under a label is a copy of the package's.
            pending.extend(interface.clone_of);
        }
    }
    reached
}

/// Removes from the packages what the world doesn't reach.
fn prune(resolve: &mut Resolve, world: WorldId) {
    let of_world = &resolve.worlds[world];
    let items = of_world.imports.values().chain(of_world.exports.values());
    let reached = reached(resolve, items);
    for (_, package) in resolve.packages.iter_mut() {
        package.interfaces.retain(|_, id| reached.contains(id));
        package.worlds.retain(|_, id| *id == world);
    }
}

/// Removes the gates of unstable features.
fn ungate(resolve: &mut Resolve) {
    let open = |stability: &mut Stability| {
        if matches!(stability, Stability::Unstable { .. }) {
            *stability = Stability::Unknown;
        }
    };
    for (_, ty) in resolve.types.iter_mut() {
        open(&mut ty.stability);
    }
    for (_, interface) in resolve.interfaces.iter_mut() {
        open(&mut interface.stability);
        for function in interface.functions.values_mut() {
            open(&mut function.stability);
        }
    }
    for (_, world) in resolve.worlds.iter_mut() {
        open(&mut world.stability);
        for item in world.imports.values_mut().chain(world.exports.values_mut()) {
            match item {
                WorldItem::Interface { stability, .. } => open(stability),
                WorldItem::Function(function) => open(&mut function.stability),
                WorldItem::Type { .. } => {}
            }
        }
    }
}

/// Gates the interfaces of WASI that have link options in wasmtime's crates: `bindgen!` only passes
/// such options on if it sees a gate.
fn gate_wasi(resolve: &mut Resolve, wasi: &[WasiImport]) {
    for import in wasi {
        if let Some(gate) = import.wasi.gate {
            resolve.interfaces[import.interface].stability = Stability::Unstable {
                feature: gate.switch.replace('_', "-"),
                deprecated: None,
            };
        }
    }
}
