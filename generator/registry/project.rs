//! The registries of a project: `[registries]` in witgen.toml.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;
use wasm_pkg_common::config::{Config, CustomConfig, RegistryMapping};
use wasm_pkg_common::label::Label;
use wasm_pkg_common::registry::Registry as Host;

use super::Reference;
use super::host::{is_directory, parse_host};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::provenance::{TrustPolicy, TrustRule};

/// The registries of a project, and who may vouch for what comes from them. Each registry replaces the one with the same name in
/// wkg's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectRegistries {
    default: Option<ProjectRegistry>,
    namespaces: BTreeMap<String, ProjectRegistry>,
    packages: BTreeMap<String, ProjectRegistry>,
    trust: TrustPolicy,
}

/// A registry of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRegistry(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// A directory: as it is written, and where it is.
    Directory(String, PathBuf),
    Host(Host),
    /// A name for a host and the prefix of packages there.
    Prefixed {
        name: Host,
        host: String,
        prefix: String,
    },
}

impl ProjectRegistry {
    /// Returns the registry that a host, or a directory seen from `dir`, names.
    ///
    /// # Errors
    ///
    /// A name that is neither.
    pub fn named(written: &str, dir: &Path, place: Place) -> Result<Self> {
        if is_directory(written) {
            let path = dir.join(written);
            return Ok(ProjectRegistry(Kind::Directory(written.to_owned(), path)));
        }
        Ok(ProjectRegistry(Kind::Host(parse_host(
            written,
            unquoted(written, place),
        )?)))
    }

    /// Returns a registry whose packages have a prefix at a host. `name` stands for it in lock files.
    ///
    /// # Errors
    ///
    /// Names that aren't hosts.
    pub fn with_prefix(name: &str, host: &str, prefix: &str, place: Place) -> Result<Self> {
        Ok(ProjectRegistry(Kind::Prefixed {
            name: parse_host(name, unquoted(name, place.clone()))?,
            host: parse_host(host, unquoted(host, place))?.to_string(),
            prefix: prefix.to_owned(),
        }))
    }

    /// Returns the registry as wkg's configuration has it; none for a directory.
    fn mapping(&self) -> Option<RegistryMapping> {
        match &self.0 {
            Kind::Directory(..) => None,
            Kind::Host(host) => Some(RegistryMapping::Registry(host.clone())),
            Kind::Prefixed { name, host, prefix } => {
                let metadata = json!({
                    "preferredProtocol": "oci",
                    "oci": { "registry": host, "namespacePrefix": prefix },
                });
                Some(RegistryMapping::Custom(CustomConfig {
                    registry: name.clone(),
                    metadata: serde_json::from_value(metadata).expect("these are metadata"),
                }))
            }
        }
    }
}

/// Returns a place whose message doesn't quote the line if that may contain a password.
fn unquoted(written: &str, place: Place) -> Place {
    match place {
        Place::Source(position) if written.contains('@') => {
            Place::argument(format!("{}:{}", position.path(), position.line()))
        }
        place => place,
    }
}

impl ProjectRegistries {
    /// Returns these registries and this policy, or those of the workspace where the project has none of its own.
    #[must_use]
    pub(crate) fn or(mut self, workspace: &Self) -> Self {
        if self.trust.is_empty() {
            self.trust = workspace.trust.clone();
        }
        if self.all().next().is_none() {
            ProjectRegistries {
                trust: self.trust,
                ..workspace.clone()
            }
        } else {
            self
        }
    }

    /// Sets who may vouch for packages.
    pub fn set_trust(&mut self, trust: TrustPolicy) {
        self.trust = trust;
    }

    /// Returns the rule of who may vouch for a package; none if anything goes.
    pub fn trust(&self, package: &Reference) -> Option<&TrustRule> {
        self.trust.rule(package.namespace(), package.name())
    }

    /// Sets the registry of packages that nothing else names one for.
    pub fn set_default(&mut self, registry: ProjectRegistry) {
        self.default = Some(registry);
    }

    /// Sets the registry of a namespace.
    ///
    /// # Errors
    ///
    /// A name that no namespace can have.
    pub fn set_namespace(
        &mut self,
        namespace: &str,
        registry: ProjectRegistry,
        place: Place,
    ) -> Result<()> {
        if namespace.parse::<Label>().is_err() {
            let message = format!("`{namespace}` is not a namespace");
            return Err(Diagnostic::error(codes::INVALID_CONFIG, message)
                .at(place)
                .help("write a word in lower case, as in `wasi`; single packages belong in `packages`")
                .into());
        }
        self.namespaces.insert(namespace.to_owned(), registry);
        Ok(())
    }

    /// Sets the registry of a package.
    ///
    /// # Errors
    ///
    /// A name that no package can have, and one with a version.
    pub fn set_package(
        &mut self,
        package: &str,
        registry: ProjectRegistry,
        place: Place,
    ) -> Result<()> {
        let reference: Reference =
            package.parse().map_err(|error: crate::diagnostic::Failure| {
                error.map(|error| error.instead_at(place.clone()))
            })?;
        if reference.version().is_some() {
            let message = format!("the key `{package}` has a version");
            return Err(Diagnostic::error(codes::INVALID_CONFIG, message)
                .at(place)
                .help("all versions of a package have one registry: leave the version out")
                .into());
        }
        self.packages.insert(reference.to_string(), registry);
        Ok(())
    }

    /// Returns the entry for a package, unless the user's configuration has one that is more specific.
    fn find(&self, package: &Reference, config: &Config) -> Option<&ProjectRegistry> {
        let name = package.package();
        if let Some(entry) = self.packages.get(&name.to_string()) {
            return Some(entry);
        }
        if config.package_registry_override(name).is_some() {
            return None;
        }
        if let Some(entry) = self.namespaces.get(package.namespace()) {
            return Some(entry);
        }
        if config.namespace_registry(name.namespace()).is_some() {
            return None;
        }
        self.default.as_ref()
    }

    /// Whether there is an entry for a package or its namespace.
    pub(super) fn has_entry_for(&self, package: &Reference) -> bool {
        self.packages.contains_key(&package.package().to_string())
            || self.namespaces.contains_key(package.namespace())
    }

    /// Returns the directory that is the registry of a package: as it is written, and where it is.
    pub(super) fn directory_of(
        &self,
        package: &Reference,
        config: &Config,
    ) -> Option<(&str, &Path)> {
        match &self.find(package, config)?.0 {
            Kind::Directory(written, path) => Some((written, path)),
            _ => None,
        }
    }

    /// Returns the path of a directory that is written like this.
    pub(super) fn directory_named(&self, name: &str) -> Option<&Path> {
        self.all().find_map(|registry| match &registry.0 {
            Kind::Directory(written, path) if written == name => Some(path.as_path()),
            _ => None,
        })
    }

    /// Enters the registry of a package into wkg's configuration. Returns whether there is one.
    pub(super) fn apply_to(&self, package: &Reference, config: &mut Config) -> bool {
        let mapping = self.find(package, config).and_then(ProjectRegistry::mapping);
        let is_found = mapping.is_some();
        if let Some(mapping) = mapping {
            config.set_package_registry_override(package.package().clone(), mapping);
        }
        is_found
    }

    /// Returns a package of each entry, except for the default.
    pub(super) fn samples(&self) -> Vec<Reference> {
        let packages = self.packages.keys().cloned();
        let namespaces = self.namespaces.keys().map(|namespace| format!("{namespace}:any"));
        packages.chain(namespaces).filter_map(|name| name.parse().ok()).collect()
    }

    /// Returns all entries, those of single packages first.
    fn all(&self) -> impl Iterator<Item = &ProjectRegistry> {
        self.packages.values().chain(self.namespaces.values()).chain(&self.default)
    }
}
