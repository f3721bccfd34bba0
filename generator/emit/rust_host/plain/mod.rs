//! The plain form: `bindgen!` of wasmtime, its WIT beside it, and a front door.

use wit_parser::{Resolve, WorldId};

use super::names;
use crate::diagnostic::Result;
use crate::emit::text;
use crate::fileset::FileSet;

pub(super) mod bindings;
mod crates;
mod front;
mod linker;
mod named_streams;
pub(super) mod streaming;
mod wasi;
pub(super) mod world_wit;

/// The glue of a world that has these items, which are reduced already, in `folder` of its crate.
pub(super) fn render(
    resolve: &Resolve,
    world: WorldId,
    id: String,
    folder: &str,
    is_part: bool,
) -> Result<FileSet> {
    let header = front::Header {
        is_part,
        ..front::Header::new(id, names::world(resolve, world), folder)
    };
    let front = front::Front::new(resolve, world, header);
    let mut files = FileSet::new();
    files.insert("mod.rs", text(&front));
    for (path, contents) in bindings::files(resolve, world, folder)? {
        files.insert(path, contents);
    }
    Ok(files)
}
