//! The runtime of guest glue: files of the crate `witgen-runtime`, and the bindings that they use.

use askama::Template;
use wit_parser::{Resolve, WorldId};
use witgen_runtime::sources::{GUEST, MESSAGE};

use super::bindings;
use super::front::Reexport;
use super::prepare::Prepared;
use crate::diagnostic::Result;
use crate::emit::http_world::package_id;
use crate::emit::runtime;
use crate::panics::call;
use crate::template::text;

/// The module of the bindings, seen from the bindings of a world.
pub(super) const BINDINGS: &str = "super::runtime::bindings";

/// Returns the files of the runtime, with bindings of `types` as the package has it.
pub(super) fn render(mut resolve: Resolve, types: &Reexport) -> Result<Vec<(String, String)>> {
    let world = world_of(&mut resolve, &types.id)?;
    let prepared = Prepared::new(resolve, world);
    let bindings = bindings::render(&prepared, bindings::Options::default())?;
    let front = Front {
        witgen_version: env!("CARGO_PKG_VERSION"),
    };
    let generated = [
        ("runtime/mod.rs", text(&front)),
        ("runtime/guest/bindings.rs", bindings),
        ("runtime/guest/wasi.rs", text(&Types { types })),
    ]
    .map(|(path, contents)| (path.to_owned(), contents));
    Ok(runtime::files([MESSAGE, GUEST]).chain(generated).collect())
}

/// Adds a world that imports one interface.
fn world_of(resolve: &mut Resolve, interface: &str) -> Result<WorldId> {
    let wit = format!("package witgen:runtime; world runtime {{ import {interface}; }}");
    call(|| {
        let package = resolve.push_source("runtime.wit", &wit)?;
        resolve.select_world(&[package], None)
    })
    .map_err(|error| bindings::refused(&format!("{error:#}")).into())
}

#[derive(Template)]
#[template(path = "guest/http/runtime.rs", escape = "none")]
struct Front {
    witgen_version: &'static str,
}

#[derive(Template)]
#[template(path = "guest/http/wasi.rs", escape = "none")]
struct Types<'a> {
    types: &'a Reexport,
}

impl Types<'_> {
    fn package(&self) -> String {
        package_id(&self.types.id)
    }
}
