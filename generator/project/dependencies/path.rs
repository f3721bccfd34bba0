//! Path dependencies: packages in other directories, and the path dependencies of these.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::{Config, Dependency};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::registry::{Override, Reference};

/// Returns the directories of path dependencies, also those that path dependencies have themselves; `root` is the folder of the
/// manifest. If several manifests list a package, the first one decides.
///
/// # Errors
///
/// A path that doesn't exist, a manifest that can't be read, and path dependencies in a circle.
pub(super) fn path_overrides(root: &Path, config: &Config) -> Result<Vec<Override>> {
    let mut overrides = Vec::new();
    let mut trail = vec![(crate::paths::absolute(root), None)];
    collect(root, config, &mut trail, &mut overrides)?;
    Ok(overrides)
}

/// Adds the path dependencies of a manifest. `trail` are the folders of the manifests that lead here, and where each is named.
fn collect(
    root: &Path,
    config: &Config,
    trail: &mut Vec<(PathBuf, Option<Place>)>,
    overrides: &mut Vec<Override>,
) -> Result<()> {
    for dependency in &config.dependencies {
        let Some(written) = &dependency.path else {
            continue;
        };
        let dir = root.join(written);
        let found = find(&dir, dependency)?;
        if let Some(start) = trail.iter().position(|(dir, _)| *dir == found.root) {
            let places = trail[start + 1..].iter().filter_map(|(_, place)| place.clone());
            return Err(circle(dependency, places.collect()).into());
        }
        if overrides.iter().any(|it| it.package == dependency.package) {
            continue;
        }
        overrides.push(Override {
            package: dependency.package.clone(),
            path: found.wit,
            is_dependency: true,
            place: dependency.place.clone(),
        });
        if let Some(config) = found.config {
            trail.push((found.root, Some(dependency.place.clone())));
            collect(&dir, &config, trail, overrides)?;
            trail.pop();
        }
    }
    Ok(())
}

/// A directory that a path dependency names.
struct Found {
    /// The absolute path.
    root: PathBuf,
    config: Option<Config>,
    /// The directory or the file with WIT.
    wit: PathBuf,
}

/// Finds the WIT in a directory: in the folder that its `witgen.toml` names, in its own files, or in its folder `wit`.
fn find(dir: &Path, dependency: &Dependency) -> Result<Found> {
    if !dir.exists() {
        let message = format!(
            "the dependency `{}` names `{}`, which doesn't exist",
            dependency.package,
            dir.display()
        );
        return Err(Diagnostic::error(codes::UNREADABLE, message)
            .at(dependency.place.clone())
            .help("name the package's directory, starting from that of the manifest")
            .into());
    }
    let config = if dir.is_dir() {
        Config::find(dir)?.map(|(_, config)| config)
    } else {
        None
    };
    let wit = wit_of(dir, config.as_ref());
    Ok(Found {
        root: crate::paths::absolute(dir),
        config,
        wit,
    })
}

/// Returns where the WIT of a directory is.
pub(super) fn wit_of(dir: &Path, config: Option<&Config>) -> PathBuf {
    let configured = config.and_then(|config| config.wit.as_deref());
    if let Some(wit) = configured.filter(|wit| !Reference::is_meant(wit)) {
        return dir.join(wit);
    }
    let nested = dir.join("wit");
    if nested.is_dir() && !has_wit(dir) {
        nested
    } else {
        dir.to_owned()
    }
}

fn has_wit(dir: &Path) -> bool {
    let is_wit = |entry: fs::DirEntry| entry.path().extension().is_some_and(|it| it == "wit");
    fs::read_dir(dir).into_iter().flatten().flatten().any(is_wit)
}

fn circle(dependency: &Dependency, places: Vec<Place>) -> Diagnostic {
    let message = format!(
        "the path dependency `{}` leads back to the package that it starts from",
        dependency.package
    );
    let places = places.into_iter().chain([dependency.place.clone()]);
    places
        .fold(
            Diagnostic::error(codes::PATH_DEPENDENCY_CYCLE, message),
            Diagnostic::at,
        )
        .help("move the shared items into a package that depends on neither")
}
