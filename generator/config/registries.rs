//! `[registries]`: where a project's packages are published.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Failure, Place, Result};
use crate::registry::{ProjectRegistries, ProjectRegistry};

/// The registries of packages, as in wkg's configuration. Credentials belong in the user's files.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RegistriesTable {
    /// The registry of all other packages.
    #[schemars(with = "Option<RegistryEntry>")]
    pub default: Option<Spanned<RegistryEntry>>,
    /// The registries of namespaces.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RegistryEntry>")]
    pub namespaces: BTreeMap<Spanned<String>, Spanned<RegistryEntry>>,
    /// The registries of single packages.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RegistryEntry>")]
    pub packages: BTreeMap<Spanned<String>, Spanned<RegistryEntry>>,
}

/// A registry: `"HOST"`, `"HOST:PORT"`, a directory as in `"./registry"`, or a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a registry is a host, a directory as in \"./registry\", or a table with `registry` and `metadata`"
)]
pub(super) enum RegistryEntry {
    Name(String),
    Table(RegistryTable),
}

/// A registry with a prefix for packages' names, as in wkg's configuration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegistryTable {
    /// The name of the registry in lock files and in the user's configuration.
    pub registry: String,
    pub metadata: RegistryMetadata,
}

/// The location of a registry's packages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RegistryMetadata {
    /// The protocol, which is always `"oci"`.
    #[serde(rename = "preferredProtocol")]
    pub _preferred_protocol: Option<Protocol>,
    pub oci: OciMetadata,
}

/// A protocol of registries.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Protocol {
    Oci,
}

/// A registry of the OCI distribution specification.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct OciMetadata {
    /// The host of the registry.
    pub registry: String,
    /// The prefix of packages' names: `"my-team/"`.
    #[serde(default)]
    pub namespace_prefix: String,
}

/// Reads the section of the file at `path`.
///
/// # Errors
///
/// All keys that aren't namespaces or packages, and all values that aren't registries.
pub(super) fn read(
    table: RegistriesTable,
    path: &str,
    place: impl Fn(Range<usize>) -> Place,
) -> Result<ProjectRegistries> {
    let dir = Path::new(path).parent().unwrap_or(Path::new(""));
    let registry = |entry: Spanned<RegistryEntry>| {
        let place = place(entry.span());
        match entry.into_inner() {
            RegistryEntry::Name(name) => ProjectRegistry::named(&name, dir, place),
            RegistryEntry::Table(table) => {
                let oci = table.metadata.oci;
                ProjectRegistry::with_prefix(
                    &table.registry,
                    &oci.registry,
                    &oci.namespace_prefix,
                    place,
                )
            }
        }
    };
    let mut registries = ProjectRegistries::default();
    let mut problems = Vec::new();
    let mut record = |result: Result<()>| {
        if let Err(failure) = result {
            problems.extend(failure.into_diagnostics());
        }
    };
    if let Some(entry) = table.default {
        record(registry(entry).map(|registry| registries.set_default(registry)));
    }
    for (name, entry) in table.namespaces {
        let key = place(name.span());
        record(
            registry(entry)
                .and_then(|registry| registries.set_namespace(name.get_ref(), registry, key)),
        );
    }
    for (name, entry) in table.packages {
        let key = place(name.span());
        record(
            registry(entry)
                .and_then(|registry| registries.set_package(name.get_ref(), registry, key)),
        );
    }
    match Failure::of(problems) {
        Some(failure) => Err(failure),
        None => Ok(registries),
    }
}
