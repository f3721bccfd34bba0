//! `world.wit`: a world and what it reaches, as WIT that `bindgen!` reads.

use std::collections::HashSet;

use wit_component::WitPrinter;
use wit_parser::{
    InterfaceId, PackageId, Resolve, Stability, Type, TypeDefKind, TypeId, TypeOwner, WorldId,
    WorldItem,
};

use super::named_streams;
use crate::diagnostic::{Diagnostic, Result};

/// The items as `bindgen!` is to see them.
///
/// Worlds and interfaces that the world doesn't reach are in no package any more. Feature gates are
/// gone: the features were chosen when the package was read, and `bindgen!` would ask for them again
/// when a linker is filled. Named streams and futures, which it has no Rust for, stand where they
/// are used.
pub(in super::super) fn reduce(resolve: &Resolve, world: WorldId) -> Resolve {
    let mut resolve = resolve.clone();
    ungate(&mut resolve);
    gate_wasi(&mut resolve, world);
    named_streams::inline(&mut resolve);
    escape_docs_of_errors(&mut resolve);
    prune(&mut resolve, world);
    resolve
}

/// The world and all that it reaches in one file, its own package first.
pub(super) fn print(resolve: &Resolve, world: WorldId) -> Result<String> {
    let main = resolve.worlds[world]
        .package
        .expect("a world stands in a package");
    let mut nested: Vec<PackageId> = resolve
        .packages
        .iter()
        .filter(|(id, package)| *id != main && !package.interfaces.is_empty())
        .map(|(id, _)| id)
        .collect();
    nested.sort_by_key(|id| &resolve.packages[*id].name);
    let mut printer = WitPrinter::default();
    let printed = printer.print(resolve, main, &nested);
    let text = String::from(printer.output);
    let mut again = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    let parsed = printed.and_then(|()| again.push_source("world.wit", &text));
    match parsed {
        Ok(_) => Ok(format!("{}\n", text.trim_end())),
        Err(error) => Err(Diagnostic::error(
            "unsupported-by-wasmtime",
            format!("what the world reaches cannot be written as WIT of its own: {error:#}"),
        )
        .help("witgen should have known; please report it with the WIT that it happened on")),
    }
}

/// The interface that a type's alias takes it from.
fn source_of(resolve: &Resolve, id: TypeId) -> Option<InterfaceId> {
    match resolve.types[id].kind {
        TypeDefKind::Type(Type::Id(target)) => match resolve.types[target].owner {
            TypeOwner::Interface(interface) => Some(interface),
            _ => None,
        },
        _ => None,
    }
}

/// The interfaces that some items of a world reach: themselves, and what they take types from.
pub(in super::super) fn reached<'a>(
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
            // An interface under a name of the world's is a copy of the package's.
            pending.extend(interface.clone_of);
        }
    }
    reached
}

/// Takes out of the packages what the world doesn't reach.
fn prune(resolve: &mut Resolve, world: WorldId) {
    let of_world = &resolve.worlds[world];
    let items = of_world.imports.values().chain(of_world.exports.values());
    let reached = reached(resolve, items);
    for (_, package) in resolve.packages.iter_mut() {
        package.interfaces.retain(|_, id| reached.contains(id));
        package.worlds.retain(|_, id| *id == world);
    }
}

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

/// Gates the interfaces of WASI for which wasmtime's crates take link options: `bindgen!` hands such
/// options on where it sees a gate, and only there.
fn gate_wasi(resolve: &mut Resolve, world: WorldId) {
    let gated: Vec<_> = super::bindings::imported(resolve, world)
        .filter_map(|(id, wasi)| Some((id, wasi.gate?)))
        .collect();
    for (id, gate) in gated {
        resolve.interfaces[id].stability = Stability::Unstable {
            feature: gate.switch.replace('_', "-"),
            deprecated: None,
        };
    }
}

/// Escapes quotes in the documentation of an enum's cases where it is a function's error.
///
/// `bindgen!` puts that text into string literals as it is. Markdown shows the same either way.
fn escape_docs_of_errors(resolve: &mut Resolve) {
    let errors: Vec<TypeId> = resolve
        .types
        .iter()
        .filter_map(|(_, ty)| match &ty.kind {
            TypeDefKind::Result(result) => result.err,
            _ => None,
        })
        .filter_map(|ty| match ty {
            Type::Id(id) => Some(definition(resolve, id)),
            _ => None,
        })
        .collect();
    for id in errors.into_iter().collect::<HashSet<_>>() {
        let TypeDefKind::Enum(of) = &mut resolve.types[id].kind else {
            continue;
        };
        for docs in of.cases.iter_mut().map(|case| &mut case.docs) {
            let escaped = docs.contents.as_deref().map(|text| {
                let text = text.replace('\\', "\\\\");
                text.replace('"', "\\\"")
            });
            docs.contents = escaped;
        }
    }
}

/// The type that an alias, or an alias of an alias, stands for.
pub(super) fn definition(resolve: &Resolve, id: TypeId) -> TypeId {
    match resolve.types[id].kind {
        TypeDefKind::Type(Type::Id(target)) => definition(resolve, target),
        _ => id,
    }
}
