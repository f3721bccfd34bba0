//! Turns decoded packages, and the worlds of components, into a [`Package`].

use std::path::Path;

use wit_component::DecodedWasm;

use super::wasm::{decode, invalid};
use super::world_gates::{self, WrittenWorlds};
use super::{Package, Source};
use crate::diagnostic::Result;

/// Reads a WIT package, or the world of a component.
pub(super) fn load(path: &Path) -> Result<Package> {
    let decoded = decode(path)?;
    from_decoded(decoded, Source::Wasm(path.to_owned()))
        .ok_or_else(|| invalid(path, "its world belongs to no package").into())
}

/// Returns a package, or the world of a component; none if that world belongs to no package.
pub(super) fn from_decoded(decoded: DecodedWasm, source: Source) -> Option<Package> {
    let (mut resolve, id, world) = match decoded {
        DecodedWasm::WitPackage(resolve, id) => (resolve, id, None),
        DecodedWasm::Component(resolve, world) => {
            let id = resolve.worlds[world].package?;
            (resolve, id, Some(world))
        }
    };
    world_gates::apply(&mut resolve, &WrittenWorlds::new());
    Some(Package {
        resolve,
        id,
        world,
        source,
        texts: Default::default(),
        includes: Default::default(),
    })
}
