//! New projects in languages other than Rust: what their author edits, and the WIT that the language's own tool reads.
//!
//! A language is a folder of templates, a file here, and a line in [`LANGUAGES`].

use super::scaffold::{Scaffold, no_template};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::FileSet;
use crate::source::{embedded_files, embedded_version};

mod c;
mod javascript;
mod language;
mod python;

pub use language::Language;
use language::New;

/// Every language, by name.
pub const LANGUAGES: [&Language; 3] = [&c::C, &javascript::JAVASCRIPT, &python::PYTHON];

/// A project of this name for a component of this world: `proxy` or `service`.
///
/// # Errors
///
/// Another world, and a name that isn't one of a package.
pub fn render(world: &str, name: &str, language: &Language) -> Result<Scaffold> {
    let is_proxy = match world {
        "proxy" => true,
        "service" => false,
        "middleware" => return Err(no_middleware(language).into()),
        other => return Err(no_template(other).into()),
    };
    super::scaffold::check(world, name)?;
    let new = New {
        name,
        world,
        is_proxy,
        version: embedded_version(),
    };
    let mut files = FileSet::new();
    for (path, text) in (language.files)(&new) {
        files.insert(path, text);
    }
    for (path, wit) in embedded_files() {
        let is_plain = language.has_plain_imports && !path.ends_with("/handler.wit");
        let wit = if is_plain {
            wit.replace("async func", "func")
        } else {
            wit.to_owned()
        };
        files.insert(path, wit);
    }
    Ok(Scaffold::without_glue(files))
}

fn no_middleware(language: &Language) -> Diagnostic {
    let name = language.name();
    let message = format!("`witgen new` has no template for a middleware in {name}");
    Diagnostic::error(codes::NO_TEMPLATE, message)
        .at(Place::argument("middleware"))
        .help("make a proxy: `witgen compose --as middleware` names its next hop as a middleware does")
}
