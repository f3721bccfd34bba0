//! Rust glue for hosts: a folder that is one module of the embedding crate.
//!
//! A world that exports `handler` of `wasi:http@0.3` gets a front door in terms of the crate `http`;
//! any other gets wasmtime's `bindgen!`, set up right.

use heck::ToSnakeCase;
use wit_parser::{Resolve, WorldId};

use crate::diagnostic::Result;
use crate::fileset::FileSet;
use crate::source::Package;

mod analysis;
mod http;
mod names;
mod plain;
mod reduce;
mod unsupported;

use analysis::http::HttpWorld;
use analysis::{Analysis, wasi};
use reduce::reduce;

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
    let glue = options.http.then(|| HttpWorld::of(&package, world));
    let Some(glue) = glue.flatten() else {
        return plain(&package, package.resolve(), world, &folder, false);
    };
    let mut files = FileSet::new();
    for (path, contents) in http::render(&glue) {
        files.insert(path, contents);
    }
    if let Some(others) = glue.other_items(package.resolve(), world) {
        let folder = format!("{folder}/imports");
        let others = plain(&package, &others, world, &folder, true)?;
        files.insert_folder("imports", others);
    }
    Ok(files)
}

/// Renders plain glue of a world with these items, which are the package's or a part of them.
fn plain(
    package: &Package,
    items: &Resolve,
    world: WorldId,
    folder: &str,
    is_part: bool,
) -> Result<FileSet> {
    let wasi = wasi::imports(items, world);
    let items = reduce(items, world, &wasi);
    let analysis = Analysis::of(&items, world, wasi);
    unsupported::refuse(package, &analysis)?;
    plain::render(&analysis, package.world_id(world), folder, is_part)
}
