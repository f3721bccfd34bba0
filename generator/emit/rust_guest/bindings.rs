//! The bindings that wit-bindgen-rust makes: one Rust file, exactly as it comes.

use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::{Opts, WithOption};
use wit_parser::{Resolve, WorldId};

use crate::diagnostic::{Diagnostic, Result, codes};
use crate::panics::catch_panic;

/// Options for bindings.
#[derive(Default)]
pub(super) struct Options {
    /// The path of the module that the bindings will be in, for `export!`.
    pub module: Option<String>,
    /// Interfaces that have bindings elsewhere, with the paths of those.
    pub with: Vec<(String, String)>,
}

/// Returns the bindings of a world.
///
/// Consumes the items: wit-bindgen gives types that are both imported and exported a second
/// identity in them.
pub(super) fn render(mut resolve: Resolve, world: WorldId, options: Options) -> Result<String> {
    let with = options
        .with
        .into_iter()
        .map(|(interface, path)| (interface, WithOption::Path(path)));
    let mut generator = Opts {
        generate_all: true,
        default_bindings_module: options.module,
        with: with.collect(),
        ..Opts::default()
    }
    .build();
    let mut files = Files::default();
    // What wit-bindgen doesn't know it panics on. Known cases were refused before; this is for the
    // others.
    match catch_panic(|| generator.generate(&mut resolve, world, &mut files)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(refused(&format!("{error:#}")).into()),
        Err(panic) => return Err(refused(&panic.to_string()).into()),
    }
    // It makes one file, named after the world.
    let file = files.iter().next().map(|(name, _)| name.to_owned());
    let contents = file
        .and_then(|name| files.remove(&name))
        .ok_or_else(|| refused("it made no file"))?;
    String::from_utf8(contents).map_err(|error| refused(&error.to_string()).into())
}

/// Reports bindings that can't be made for a reason that witgen doesn't know.
pub(super) fn refused(why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::UNSUPPORTED_BY_WIT_BINDGEN,
        format!(
            "wit-bindgen 0.63 makes no Rust bindings of this world, and gives no reason but: {why}"
        ),
    )
    .help("witgen should have known; please report it with the WIT that it happened on")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_wit_bindgen_becomes_a_message() {
        let mut resolve = Resolve::default();
        let text = "package a:b; interface i { resource r; f: func(x: list<borrow<r>, 2>); } \
            world w { import i; }";
        let package = resolve.push_source("a.wit", text).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let error = render(resolve, world, Options::default()).unwrap_err();
        assert_eq!(error.code(), "unsupported-by-wit-bindgen");
    }
}
