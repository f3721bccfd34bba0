//! The bindings that wit-bindgen-rust makes: one Rust file, exactly as it comes.

use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::Opts;
use wit_parser::{Resolve, WorldId};

use crate::diagnostic::{Diagnostic, Result};

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
    generator
        .generate(&mut resolve, world, &mut files)
        .map_err(|error| refused(&error))?;
    // It makes one file, named after the world.
    let file = files.iter().next().map(|(name, _)| name.to_owned());
    let contents = file.and_then(|name| files.remove(&name));
    let contents = contents.ok_or_else(|| refused(&anyhow::anyhow!("it made no file")))?;
    String::from_utf8(contents).map_err(|error| refused(&error.into()))
}

fn refused(error: &anyhow::Error) -> Diagnostic {
    Diagnostic::error(
        "unsupported-by-wit-bindgen",
        format!("wit-bindgen 0.63 makes no bindings of this world: {error:#}"),
    )
}
