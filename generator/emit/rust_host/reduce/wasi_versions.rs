//! Versions of one interface of WASI: wasmtime implements them all at once, and a linker accepts that only once.

use std::collections::HashMap;

use wit_parser::{InterfaceId, PackageName, Resolve, Type, TypeDefKind, TypeId, WorldId, WorldKey};

use crate::emit::rust_host::analysis::wasi::WasiImport;

/// Removes the imports of an interface's older versions, whose types become those of the newest version.
pub(super) fn merge(
    resolve: &mut Resolve,
    world: WorldId,
    wasi: Vec<WasiImport>,
) -> Vec<WasiImport> {
    let mut newest: Vec<WasiImport> = Vec::new();
    let mut older: Vec<(InterfaceId, usize)> = Vec::new();
    for import in wasi {
        let Some(at) = newest.iter().position(|other| other.wasi == import.wasi) else {
            newest.push(import);
            continue;
        };
        let other = &newest[at];
        let is_newer = version(resolve, import.interface) > version(resolve, other.interface);
        let (first, second) = (other.interface, import.interface);
        if is_newer && has_types_of(resolve, second, first) {
            older.push((first, at));
            newest[at] = import;
        } else if has_types_of(resolve, first, second) {
            older.push((second, at));
        } else {
            newest.push(import);
        }
    }
    let mut moved: HashMap<TypeId, TypeId> = HashMap::new();
    for (interface, at) in older {
        let types = &resolve.interfaces[newest[at].interface].types;
        let old_types = &resolve.interfaces[interface].types;
        moved.extend(old_types.iter().map(|(name, id)| (*id, types[name])));
        resolve.worlds[world].imports.shift_remove(&WorldKey::Interface(interface));
    }
    for (_, ty) in resolve.types.iter_mut() {
        if let TypeDefKind::Type(Type::Id(target)) = &mut ty.kind
            && let Some(new) = moved.get(target)
        {
            *target = *new;
        }
    }
    newest
}

fn version(resolve: &Resolve, id: InterfaceId) -> Option<&semver::Version> {
    let package = resolve.interfaces[id].package?;
    let PackageName { version, .. } = &resolve.packages[package].name;
    version.as_ref()
}

/// Whether an interface has the names of all types of another one.
fn has_types_of(resolve: &Resolve, id: InterfaceId, other: InterfaceId) -> bool {
    let types = &resolve.interfaces[id].types;
    resolve.interfaces[other].types.keys().all(|name| types.contains_key(name))
}
