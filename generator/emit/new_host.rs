//! A new crate for a program that runs components: what its author edits, and the glue beside it.

use askama::Template;

use super::rust_host;
use super::scaffold::{Scaffold, check};
use crate::diagnostic::Result;
use crate::fileset::FileSet;
use crate::source::{Features, Source, load};
use crate::template::text;

/// The world of the components. One of `service` runs too, since it imports less.
const WORLD: &str = "proxy";

/// Returns a crate of this name for a program that serves a component of `wasi:http`.
///
/// # Errors
///
/// A name that isn't one of a crate, or that the crate needs itself.
pub fn render(name: &str) -> Result<Scaffold> {
    check("host", name)?;
    let package = load(&Source::Embedded, &Features::default())?;
    let world = package.select_world(Some(WORLD))?;
    let mut files = FileSet::new();
    files.insert("Cargo.toml", text(&Manifest { name }));
    files.insert(".gitignore", text(&Ignored {}));
    files.insert("src/main.rs", text(&Code { name }));
    files.insert("README.md", text(&Readme { name }));
    Ok(Scaffold {
        files,
        glue: rust_host::render(package, world, &rust_host::Options::default())?,
        glue_folder: format!("src/{WORLD}"),
    })
}

#[derive(Template)]
#[template(path = "new/host/manifest.toml", escape = "none")]
struct Manifest<'a> {
    name: &'a str,
}

#[derive(Template)]
#[template(path = "new/host/gitignore", escape = "none", ext = "txt")]
struct Ignored {}

#[derive(Template)]
#[template(path = "new/host/main.rs", escape = "none")]
struct Code<'a> {
    name: &'a str,
}

#[derive(Template)]
#[template(path = "new/host/README.md", escape = "none")]
struct Readme<'a> {
    name: &'a str,
}
