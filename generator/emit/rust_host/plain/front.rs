//! The front door: what the embedder implements and calls, and one function that fills a linker.

use askama::Template;

use super::crates::{self, Crate};
use super::linker::Linking;
use crate::emit::rust_host::analysis::imports::Interface;
use crate::emit::rust_host::analysis::{Analysis, Export};

/// `mod.rs` of plain glue.
#[derive(Template)]
#[template(path = "host/plain/mod.rs", escape = "none")]
pub(super) struct Front<'a> {
    header: Header<'a>,
    /// The dependencies for the embedder's `Cargo.toml`.
    crates: Vec<Crate>,
    /// The methods of wasmtime's `Config` that enable what the world uses.
    engine: &'a [&'static str],
    /// Every interface that the embedder implements, or whose types others `use`.
    interfaces: &'a [Interface],
    linking: Linking<'a>,
    exports: &'a [Export],
    exports_need_store: bool,
}

/// The world, and where its glue is.
struct Header<'a> {
    /// The world's full name.
    world: String,
    witgen_version: &'static str,
    /// The folder of the glue.
    folder: &'a str,
    /// The module's name: the last part of the folder.
    module: &'a str,
    /// The struct of the world in Rust.
    of_world: &'a str,
    /// Whether this is a part of other glue: the imports of a world other than HTTP.
    is_part: bool,
}

impl<'a> Front<'a> {
    /// Returns the front door of the world `id`, for glue in `folder` of its crate.
    pub fn new(analysis: &'a Analysis<'_>, id: String, folder: &'a str, is_part: bool) -> Self {
        Front {
            header: Header {
                world: id,
                witgen_version: env!("CARGO_PKG_VERSION"),
                folder,
                module: folder.rsplit('/').next().unwrap_or_default(),
                of_world: &analysis.type_name,
                is_part,
            },
            crates: crates::needed(&analysis.wasi),
            engine: &analysis.config_methods,
            linking: Linking::new(analysis),
            interfaces: &analysis.interfaces,
            exports: &analysis.exports,
            exports_need_store: analysis.exports_need_store,
        }
    }
}
