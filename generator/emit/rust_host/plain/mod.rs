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
mod wasi;
pub(super) mod world_wit;

/// The glue of a world that has these items, in `folder` of its crate.
pub(super) fn render(
    resolve: &Resolve,
    world: WorldId,
    id: String,
    folder: &str,
    is_part: bool,
) -> Result<FileSet> {
    let resolve = world_wit::reduce(resolve, world);
    let header = front::Header {
        is_part,
        ..front::Header::new(id, names::world(&resolve, world), folder)
    };
    let front = front::Front::new(&resolve, world, header);
    let mut files = FileSet::new();
    files.insert("mod.rs", broken_calls(&text(&front)));
    for (path, contents) in bindings::of_reduced(&resolve, world, folder)? {
        files.insert(path, contents);
    }
    Ok(files)
}

/// The text with calls that are too long for a line broken up as rustfmt breaks them.
fn broken_calls(text: &str) -> String {
    const WIDTH: usize = 100;
    let mut broken = String::with_capacity(text.len());
    for line in text.lines() {
        let call = line
            .strip_suffix(")?;")
            .and_then(|call| call.split_once(">("));
        match call {
            Some((function, arguments)) if line.len() > WIDTH => {
                let indent = &line[..line.len() - line.trim_start().len()];
                broken.push_str(function);
                broken.push_str(">(\n");
                for argument in arguments.split(", ") {
                    broken.push_str(indent);
                    broken.push_str("    ");
                    broken.push_str(argument);
                    broken.push_str(",\n");
                }
                broken.push_str(indent);
                broken.push_str(")?;");
            }
            _ => broken.push_str(line),
        }
        broken.push('\n');
    }
    broken
}
