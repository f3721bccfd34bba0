//! Where a package is in its registry, for programs that fetch it themselves.

use super::oci::{Scope, manifest_digest};
use super::settings::{self, Kind};
use super::{Artifact, Reference, Registries};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::registry::backend::Backend;

/// A registry of the OCI distribution specification, as another program needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// Host and port.
    pub host: String,
    /// The prefix of `namespace/name` in a repository's name.
    pub prefix: String,
    pub is_http: bool,
}

impl Registries {
    /// Returns where a package is.
    ///
    /// # Errors
    ///
    /// A registry that is a directory of this machine, and an invalid configuration.
    pub(crate) fn location(&self, package: &Reference) -> Result<Location> {
        let endpoint = settings::find(package, &self.options)?;
        match endpoint.kind {
            Kind::Oci(oci) => Ok(Location {
                host: oci.host,
                prefix: oci.prefix,
                is_http: oci.http.insecure_http,
            }),
            Kind::Directory(root) => Err(is_directory(package, &root).into()),
        }
    }

    /// Returns the reference by which programs pull an artifact once it is published: `HOST/acme/chain@sha256:…`.
    ///
    /// # Errors
    ///
    /// As [`Registries::location`].
    pub(crate) fn image(&self, artifact: &Artifact) -> Result<String> {
        let reference = artifact.reference();
        let endpoint = settings::find(&reference, &self.options)?;
        if let Kind::Directory(root) = &endpoint.kind {
            return Err(is_directory(&reference, root).into());
        }
        let address =
            Backend::new(&endpoint, &reference, Scope::Pull)?.address(artifact.version())?;
        // A host may have a port.
        let repository = address.rsplit_once(':').map_or(address.as_str(), |(before, _)| before);
        Ok(format!("{repository}@{}", manifest_digest(artifact)))
    }
}

fn is_directory(package: &Reference, root: &std::path::Path) -> Diagnostic {
    let message = format!(
        "the registry of `{package}` is the directory `{}`, which other machines can't read",
        root.display()
    );
    Diagnostic::error(codes::NO_REGISTRY, message)
        .at(Place::argument(package.to_string()))
        .help("name a registry with --registry, or in `[registries]` of witgen.toml")
}
