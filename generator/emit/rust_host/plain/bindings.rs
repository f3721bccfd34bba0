//! `bindings.rs`, a call of `bindgen!`, and the WIT that it reads.

use askama::Template;
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem};

use super::wasi::{self, Wasi};
use super::{streaming, world_wit};
use crate::diagnostic::Result;

/// `world.wit` and `bindings.rs` of a world, in glue that stands in `folder` of its crate. The items
/// are reduced already.
///
/// # Errors
///
/// What cannot be written as WIT again.
pub(super) fn files(
    resolve: &Resolve,
    world: WorldId,
    folder: &str,
) -> Result<Vec<(String, String)>> {
    let path = match folder.trim_end_matches('/') {
        "" => "world.wit".to_owned(),
        folder => format!("{folder}/world.wit"),
    };
    let bindings = Bindings {
        path: format!("{path:?}"),
        world: specifier(resolve, world),
        imports: streaming::rules(resolve, world),
        exports_need_store: streaming::exports_need_store(resolve, world),
        with: with(resolve, world),
    };
    Ok(vec![
        ("world.wit".to_owned(), world_wit::print(resolve, world)?),
        ("bindings.rs".to_owned(), crate::emit::text(&bindings)),
    ])
}

/// The world's full name, where that can be looked for: a word of WIT in it cannot be told from a
/// name. The file has one world, which is found without it.
fn specifier(resolve: &Resolve, world: WorldId) -> Option<String> {
    let package = resolve.worlds[world].package?;
    let name = resolve.id_of_name(package, &resolve.worlds[world].name);
    let found = resolve.select_world(&[package], Some(&name));
    (found.ok() == Some(world)).then_some(name)
}

#[derive(Template)]
#[template(path = "host/plain/bindings.rs", escape = "none")]
struct Bindings {
    /// A string literal.
    path: String,
    world: Option<String>,
    /// Functions of theirs that need the store, besides those that are `async` in WIT.
    imports: Vec<String>,
    exports_need_store: bool,
    with: Vec<Remapped>,
}

/// An interface for which wasmtime has the Rust already.
struct Remapped {
    id: String,
    krate: &'static str,
    line: &'static str,
    module: String,
}

fn with(resolve: &Resolve, world: WorldId) -> Vec<Remapped> {
    let mut with: Vec<_> = imported(resolve, world)
        .map(|(id, wasi)| Remapped {
            id: resolve.id_of(id).unwrap_or_default(),
            krate: wasi.krate(),
            line: wasi.line.name(),
            module: wasi.module(),
        })
        .collect();
    with.sort_by(|a, b| a.id.cmp(&b.id));
    with
}

/// The interfaces that a world imports and wasmtime implements.
pub(super) fn imported(
    resolve: &Resolve,
    world: WorldId,
) -> impl Iterator<Item = (InterfaceId, Wasi)> {
    let imports = resolve.worlds[world].imports.iter();
    imports.filter_map(move |(key, item)| match (key, item) {
        // Under a name of the world's, an interface is the embedder's.
        (wit_parser::WorldKey::Interface(_), WorldItem::Interface { id, .. }) => {
            Some((*id, wasi::find(resolve, *id)?))
        }
        _ => None,
    })
}
