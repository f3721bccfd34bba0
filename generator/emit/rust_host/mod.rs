//! Rust glue for hosts: a folder that is one module of the embedding crate.
//!
//! A world that exports `handler` of `wasi:http@0.3` gets a front door in terms of the crate `http`;
//! any other gets wasmtime's `bindgen!`, set up right.

use heck::ToSnakeCase;
use wit_parser::WorldId;

use crate::diagnostic::Result;
use crate::fileset::FileSet;
use crate::source::Package;

mod http;
mod names;
mod plain;
mod unsupported;

use plain::world_wit::reduce;

/// What the glue is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a world with `wasi:http` in it gets glue in terms of the crate `http`, or the plain
    /// form as any other.
    pub http: bool,
    /// The folder of the glue, as seen from the folder of its crate's `Cargo.toml`, with `/`:
    /// `bindgen!` reads the WIT that stands in it. Without it `src/` and the world's name in snake
    /// case.
    pub folder: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            http: true,
            folder: None,
        }
    }
}

/// The glue of a world.
///
/// # Errors
///
/// WIT that wasmtime's `bindgen!` cannot take, with the items that are to blame.
pub fn render(package: Package, world: WorldId, options: &Options) -> Result<FileSet> {
    let folder = options.folder.clone().unwrap_or_else(|| {
        let name = names::ident(&package.world_name(world).to_snake_case());
        format!("src/{name}")
    });
    let id = package.world_id(world);
    let glue = options.http.then(|| http::Glue::of(&package, world));
    let Some(glue) = glue.flatten() else {
        let items = reduce(package.resolve(), world);
        unsupported::refuse(&package, &items, world)?;
        return plain::render(&items, world, id, &folder, false);
    };
    let mut files = FileSet::new();
    for (path, contents) in http::render(&glue) {
        files.insert(path, contents);
    }
    if glue.has_other_imports() {
        let others = http::other_imports(package.resolve().clone(), world);
        let others = reduce(&others, world);
        unsupported::refuse(&package, &others, world)?;
        let folder = format!("{folder}/imports");
        let others = plain::render(&others, world, id, &folder, true)?;
        files.insert_folder("imports", others);
    }
    Ok(files)
}
