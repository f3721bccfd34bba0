//! Fetches packages from registries, or takes those that the program contains.

use semver::Version;
use wit_component::DecodedWasm;
use wit_parser::Resolve;

use super::found::{Download, FoundPackage, Origin};
use super::options::FetchOptions;
use super::wanted::Wanted;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::registry::lock::{Lock, Locked};
use crate::registry::{Fetched, Reference, Registries, settings};
use crate::source;

/// Fetches a package from its registry, in the locked version if there is one. If the options say `locked`, the registry is the
/// one that the lock file names, unless an option chooses one.
pub(super) fn fetch(
    wanted: Wanted,
    lock: &Lock,
    registries: &Registries,
    options: &FetchOptions,
) -> Result<FoundPackage> {
    let listed_at = wanted.listed.as_ref().filter(|_| !wanted.is_named).map(|it| it.place.clone());
    fetch_unplaced(wanted, lock, registries, options).map_err(|failure| match listed_at {
        Some(place) => failure.at(place),
        None => failure,
    })
}

fn fetch_unplaced(
    wanted: Wanted,
    lock: &Lock,
    registries: &Registries,
    options: &FetchOptions,
) -> Result<FoundPackage> {
    let registry = settings::name(&wanted.package, &registries.options)?;
    if options.locked && registries.is_chosen() {
        lock.require_registry(&wanted.package, registry.as_deref(), &wanted.requirement())?;
    }
    let only = !options.locked || registries.is_chosen();
    let listed = wanted.listed.as_ref().map(|it| &it.versions);
    let is_unlocked = options.unlocked.contains(&wanted.package.without_version());
    let find = || lock.find(&wanted.package, registry.as_deref(), only, listed);
    let find_newest = || {
        let listed = listed.filter(|_| wanted.package.version().is_none())?;
        lock.find_newest(&wanted.package, registry.as_deref(), only, listed)
    };
    let locked = if is_unlocked {
        None
    } else {
        find().or_else(find_newest)
    };
    if locked.is_none()
        && !settings::is_configured(&wanted.package, &registries.options)?
        && let Some(found) = built_in(&wanted)
    {
        return found;
    }
    let fetched = match (locked, listed) {
        (Some((registry, locked)), _) => {
            let reference = wanted.package.with_version(locked.version.clone());
            registries.fetch_locked(&reference, registry.map(str::to_owned), &locked.digest)?
        }
        (None, Some(listed)) if wanted.package.version().is_none() => {
            let version = registries.newest_version(&wanted.package, listed)?;
            registries.fetch(&wanted.package.with_version(version))?
        }
        (None, _) => registries.fetch(&wanted.package)?,
    };
    lock.require_digest(fetched.reference(), fetched.digest())?;
    if wanted.is_named && wanted.package.version().is_none() {
        return Err(unversioned(&wanted.package, fetched.reference().version()).into());
    }
    let requirement = match locked {
        Some((_, Locked { requirement, .. })) if wanted.is_named => requirement.clone(),
        _ => wanted.requirement(),
    };
    let registry = match locked {
        Some((registry, _)) => registry.map(str::to_owned),
        None => registry,
    };
    Ok(FoundPackage {
        name: fetched.reference().to_string(),
        resolve: decode(&fetched)?,
        origin: Origin::Registry(Box::new(Download {
            wanted,
            requirement,
            registry,
            fetched,
        })),
    })
}

/// The error for a package that WIT names without a version.
fn unversioned(package: &Reference, version: Option<&Version>) -> Diagnostic {
    let version = version.map(ToString::to_string).unwrap_or_default();
    let message =
        format!("`{package}` is named without a version, and packages in a registry have one");
    Diagnostic::error(codes::UNVERSIONED_DEPENDENCY, message)
        .at(Place::argument(format!("{package}@{version}")))
        .help(format!(
            "the latest is {version}: write `{package}/…@{version}`"
        ))
}

/// Decodes a package, and rejects what isn't the one with this name.
fn decode(fetched: &Fetched) -> Result<Resolve> {
    let name = fetched.reference().to_string();
    let place = || Place::argument(&name);
    let decoded = match source::decode(fetched.contents()) {
        Err(failure) if failure.code() == codes::NOT_IN_WIT => None,
        decoded => Some(decoded.map_err(|failure| failure.at(place()))?),
    };
    let Some(DecodedWasm::WitPackage(resolve, id)) = decoded else {
        let message = "this is a component, and a dependency is a WIT package";
        return Err(Diagnostic::error(codes::NOT_A_PACKAGE, message)
            .at(place())
            .help("name the package that its interfaces come from")
            .into());
    };
    source::require_name(&name, &resolve.packages[id].name)?;
    Ok(resolve)
}

/// Returns a package that witgen contains.
fn built_in(wanted: &Wanted) -> Option<Result<FoundPackage>> {
    let name = match (wanted.package.version(), &wanted.listed) {
        (None, Some(listed)) => {
            let mut built_in = source::built_in_packages()
                .filter_map(|name| name.parse::<Reference>().ok())
                .filter(|package| listed.is_about(package));
            let version = |package: &Reference| package.version().cloned();
            let is_allowed = |version: &Version| listed.versions.matches(version);
            built_in
                .find(|package| version(package).is_some_and(|it| is_allowed(&it)))?
                .to_string()
        }
        _ => wanted.package.to_string(),
    };
    let resolve = source::load_built_in(&name)?;
    Some(resolve.map(|resolve| FoundPackage {
        name,
        resolve,
        origin: Origin::BuiltIn,
    }))
}
