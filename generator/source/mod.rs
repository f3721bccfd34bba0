//! Where WIT comes from, and how it becomes a [`Package`].
//!
//! ```
//! use witgen::source::{Features, Source, load};
//!
//! let package = load(&Source::Embedded, &Features::default())?;
//! assert_eq!(package.name().to_string(), "wasi:http@0.3.3");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::path::Path;

use crate::diagnostic::Result;

mod component;
mod embedded;
mod failure;
mod features;
mod git;
mod location;
mod needs;
mod package;
mod registry;
mod resolve;
mod text;
mod wasm;

pub use features::Features;
pub use location::Source;
pub(crate) use needs::{Needs, needs, resolved_with};
pub use package::{Include, Package};
pub(crate) use registry::{decode, is_itself, texts};

/// Reads and resolves a package with its dependencies.
///
/// # Errors
///
/// What can't be read, isn't valid WIT, or names what doesn't exist, each with file and line; and
/// a feature in `features` that no item of the package names.
pub fn load(source: &Source, features: &Features) -> Result<Package> {
    let package = read(source, features)?;
    if let Features::Only(names) = features
        && !names.is_empty()
    {
        let known = features::known(read(source, &Features::All)?.resolve());
        features::require(names, &known, package.name())?;
    }
    Ok(package)
}

/// Reads a package as it is published: with all that is behind its own gates, which are published with
/// it. The gates of its dependencies can't be; what is behind these is left out where the package
/// resolves without it.
///
/// # Errors
///
/// As [`load`].
pub fn load_released(source: &Source) -> Result<Package> {
    let all = read(source, &Features::All)?;
    let Source::Directory(path) = source else {
        return Ok(all);
    };
    let is_own = |file: &String| Path::new(file).parent() == Some(path);
    let mut others = all.texts.iter().filter(|(file, _)| !is_own(file));
    if !others.any(|(_, file)| file.text().contains("@unstable")) {
        return Ok(all);
    }
    let plain = read(source, &Features::default())?;
    let mut dependencies = texts(plain.resolve())?;
    dependencies.retain(|(name, _)| name != plain.name());
    Ok(resolved_with(path, &[], &dependencies).unwrap_or(all))
}

fn read(source: &Source, features: &Features) -> Result<Package> {
    let input = match source {
        Source::Embedded => embedded::input(),
        Source::Directory(path) => text::directory(path)?,
        Source::File(path) => text::file(path)?,
        Source::Wasm(path) => return component::load(path),
        Source::Revision {
            dir,
            revision,
            path,
        } => git::input(dir, revision, path)?,
        Source::Registry { name, contents } => return registry::load(name, contents, features),
    };
    resolve::resolve(input, features, source.clone())
}
