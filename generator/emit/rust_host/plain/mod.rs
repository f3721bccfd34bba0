//! The plain form: `bindgen!` of wasmtime, its WIT beside it, and a front door.

use wit_parser::WorldId;

use super::{Options, names};
use crate::diagnostic::Result;
use crate::fileset::FileSet;
use crate::source::Package;

pub(super) mod bindings;
mod crates;
mod front;
mod linker;
mod named_streams;
mod wasi;
pub(super) mod world_wit;

pub(super) fn render(package: &Package, world: WorldId, options: &Options) -> Result<FileSet> {
    let resolve = world_wit::reduce(package.resolve(), world);
    let folder = options.folder.clone().unwrap_or_else(|| {
        let name = names::ident(package.world_name(world));
        format!("src/{name}")
    });
    let header = front::Header::new(
        package.world_id(world),
        names::world(&resolve, world),
        &folder,
    );
    let front = front::Front::new(&resolve, world, header);
    let mut files = FileSet::new();
    files.insert("mod.rs", broken_calls(&text(&front)));
    for (path, contents) in bindings::of_reduced(&resolve, world, &folder)? {
        files.insert(path, contents);
    }
    Ok(files)
}

/// A template's text, which ends in one newline.
fn text(template: &impl askama::Template) -> String {
    let text = template
        .render()
        .expect("a template without filters cannot fail");
    format!("{}\n", text.trim_end())
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
