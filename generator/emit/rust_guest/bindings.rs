//! The bindings that wit-bindgen-rust makes: one Rust file, exactly as it comes.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::Opts;
use wit_parser::{Resolve, WorldId};

use crate::diagnostic::{Diagnostic, Result};

thread_local! {
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread is about to become a [`Diagnostic`], and needs no message.
pub(crate) fn is_caught() -> bool {
    IS_CAUGHT.get()
}

/// The bindings of a world. `module` is the path of the module they will stand in, for `export!`.
///
/// Consumes the items: wit-bindgen gives types that are both imported and exported a second
/// identity in them.
pub(super) fn render(mut resolve: Resolve, world: WorldId, module: &str) -> Result<String> {
    let mut generator = Opts {
        generate_all: true,
        default_bindings_module: Some(module.to_owned()),
        ..Opts::default()
    }
    .build();
    let mut files = Files::default();
    // What wit-bindgen doesn't know it panics on. Known cases were refused before; this is for the
    // others.
    IS_CAUGHT.set(true);
    let generated = catch_unwind(AssertUnwindSafe(|| {
        generator.generate(&mut resolve, world, &mut files)
    }));
    IS_CAUGHT.set(false);
    match generated {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(refused(&format!("{error:#}"))),
        Err(panic) => {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or(panic.downcast_ref::<&str>().copied());
            return Err(refused(message.unwrap_or("it panicked")));
        }
    }
    // It makes one file, named after the world.
    let file = files.iter().next().map(|(name, _)| name.to_owned());
    let contents = file.and_then(|name| files.remove(&name));
    let contents = contents.ok_or_else(|| refused("it made no file"))?;
    String::from_utf8(contents).map_err(|error| refused(&error.to_string()))
}

fn refused(why: &str) -> Diagnostic {
    Diagnostic::error(
        "unsupported-by-wit-bindgen",
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
        let error = render(resolve, world, "crate::w").unwrap_err();
        assert_eq!(error.rule, "unsupported-by-wit-bindgen");
        assert!(!is_caught());
    }
}
