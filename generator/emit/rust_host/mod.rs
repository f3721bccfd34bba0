//! Rust glue for hosts: a folder that is one module of the embedding crate.
//!
//! A world that exports `handler` of `wasi:http@0.3` gets a front door in terms of the crate `http`.
//! Any other world gets a call of wasmtime's `bindgen!` with the right options.
//!
//! `analysis` finds out what the glue depends on, once; `http` and `plain` render it.

use heck::ToSnakeCase;
use wit_parser::{Resolve, WorldId};

use crate::diagnostic::Result;
use crate::emit::runtime::Runtime;
use crate::emit::type_options::{CheckedTypes, TypeOptions, invalid};
use crate::fileset::FileSet;
use crate::source::Package;

mod analysis;
mod http;
mod names;
mod plain;
mod reduce;
mod type_names;
mod types;
mod unsupported;

use analysis::Analysis;
use analysis::http::HttpWorld;
use analysis::wasi::{self, WasiImport};
use reduce::reduce;

/// Options for host glue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a world that exports `handler` of `wasi:http` gets glue in terms of the crate `http`. If
    /// not, it gets the plain form, as any other world.
    pub http: bool,
    /// The folder of the glue, relative to the folder of its crate's `Cargo.toml`, with `/`. `bindgen!`
    /// reads the WIT in it. The default is `src/` and the world's name in snake case.
    pub folder: Option<String>,
    /// The runtime of glue in terms of the crate `http`: the code that doesn't depend on the world.
    pub runtime: Runtime,
    /// Derives and mapped interfaces of the types that `bindgen!` makes.
    pub types: TypeOptions,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            http: true,
            folder: None,
            runtime: Runtime::Emit,
            types: TypeOptions::default(),
        }
    }
}

/// Renders the glue of a world.
///
/// # Errors
///
/// Items that wasmtime's `bindgen!` doesn't support, and an invalid path of the runtime.
pub fn render(package: Package, world: WorldId, options: &Options) -> Result<FileSet> {
    let folder = options.folder.clone().unwrap_or_else(|| {
        let name = names::ident(&package.world_name(world).to_snake_case());
        format!("src/{name}")
    });
    let types = options.types.check(&package)?;
    types::refuse_attributes(&types)?;
    let wasi = wasi::imports(package.resolve(), world);
    let glue = options.http.then(|| HttpWorld::of(&package, world, &wasi)).flatten();
    let Some(glue) = glue else {
        options.runtime.refuse_shared(&package.world_id(world))?;
        return plain(
            &package,
            package.resolve(),
            world,
            wasi,
            &types,
            &folder,
            false,
        );
    };
    let module = folder.strip_prefix("src/").unwrap_or(&folder).replace('/', "::");
    let shared_runtime = options.runtime.shared(&format!("crate::{module}"))?;
    let mut files = FileSet::new();
    for (path, contents) in http::render(&glue, shared_runtime) {
        files.insert(path, contents);
    }
    if let Some(others) = glue.other_items(package.resolve(), world) {
        let folder = format!("{folder}/imports");
        let wasi = wasi.into_iter().filter(|import| import.is_in(&others, world)).collect();
        let others = plain(&package, &others, world, wasi, &types, &folder, true)?;
        files.insert_folder("imports", others);
    } else if let Some(option) = types.with.first() {
        let message = format!("this glue has no types of `{}`", option.item);
        let help = "the types of `wasi:http` are those of the crate `http`; leave out the option";
        return Err(invalid(message, option.argument.clone(), help));
    }
    Ok(files)
}

/// Renders plain glue of a world with these items, which are the package's or a part of them. `wasi`
/// is what they import of WASI.
fn plain(
    package: &Package,
    items: &Resolve,
    world: WorldId,
    wasi: Vec<WasiImport>,
    types: &CheckedTypes,
    folder: &str,
    is_part: bool,
) -> Result<FileSet> {
    let (items, wasi) = reduce(items, world, wasi);
    let mut analysis = Analysis::of(&items, world, wasi);
    unsupported::refuse(package, &analysis)?;
    types::check(types, &analysis)?;
    analysis.interfaces.retain(|interface| !types.maps(&interface.reexport.id));
    plain::render(&analysis, types, package.world_id(world), folder, is_part)
}
