//! The plain form: wasmtime's `bindgen!`, the WIT that it reads, and a front door.

use super::analysis::Analysis;
use crate::diagnostic::Result;
use crate::emit::type_options::CheckedTypes;
use crate::fileset::FileSet;
use crate::template::text;

mod bindings;
mod crates;
mod front;
mod implemented;
mod linker;
mod world_wit;

/// Renders the glue of a world in `folder` of its crate. `id` is the world's full name; `is_part` is whether the glue is part
/// of other glue.
///
/// # Errors
///
/// Items that cannot be written as WIT again.
pub(super) fn render(
    analysis: &Analysis<'_>,
    types: &CheckedTypes,
    id: String,
    folder: &str,
    is_part: bool,
) -> Result<FileSet> {
    let folder = folder.trim_end_matches('/');
    let front = front::Front::new(analysis, id, folder, is_part);
    let bindings = bindings::Bindings::new(analysis, types, folder);
    let mut files = FileSet::new();
    files.insert("mod.rs", text(&front));
    files.insert("bindings.rs", text(&bindings));
    files.insert("world.wit", world_wit::print(&analysis.world)?);
    Ok(files)
}
