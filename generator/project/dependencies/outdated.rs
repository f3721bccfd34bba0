//! The versions of dependencies: the ones in use, and the available ones.

use serde::Serialize;

use super::PackageDir;
use super::tracked::{Tracked, current_options, tracked};
use crate::diagnostic::{Place, Position, Result};
use crate::registry::{Registries, resolve_dependencies};

/// The versions of a dependency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The package, without a version.
    pub package: String,
    /// The version in use.
    pub current: String,
    /// The newest version that the requirement allows.
    pub compatible: String,
    /// The newest version.
    pub latest: String,
    /// Whether a newer version than the current one exists.
    #[serde(rename = "outdated")]
    pub is_outdated: bool,
    /// Where it is required: in the manifest first, then in the WIT.
    pub required: Vec<Position>,
}

/// Returns the versions of all dependencies that come from registries.
///
/// # Errors
///
/// Dependencies that don't resolve, and registries that don't respond.
pub fn outdated(dir: &PackageDir, registries: &Registries) -> Result<Vec<Status>> {
    let options = current_options(dir)?;
    let (dependencies, _) = resolve_dependencies(dir.wit(), &dir.lock(), registries, &options)?;
    let tracked = tracked(dir, &dependencies, registries, |_| true)?;
    Ok(tracked.into_iter().map(Status::from).collect())
}

impl From<Tracked> for Status {
    fn from(tracked: Tracked) -> Self {
        let positions = tracked.places.into_iter().filter_map(|place| match place {
            Place::Source(position) => Some(position),
            _ => None,
        });
        Status {
            package: tracked.package.to_string(),
            current: tracked.current.to_string(),
            compatible: tracked.compatible.to_string(),
            is_outdated: tracked.latest > tracked.current,
            latest: tracked.latest.to_string(),
            required: positions.collect(),
        }
    }
}
