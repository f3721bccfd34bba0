//! References to packages in registries: `wasi:http`, `wasi:http@0.3.1002`.

use std::fmt;
use std::str::FromStr;

use semver::Version;
use wasm_pkg_common::package::{PackageRef, PackageSpec};

use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};

/// A package's name in a registry, and its version if the reference has one.
///
/// ```
/// use witgen::registry::Reference;
///
/// let reference: Reference = "wasi:http@0.3.1002".parse()?;
/// assert_eq!((reference.namespace(), reference.name()), ("wasi", "http"));
/// assert_eq!(reference.version().unwrap().to_string(), "0.3.1002");
/// # Ok::<(), witgen::diagnostic::Failure>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference(PackageSpec);

impl Reference {
    /// Returns the namespace: `wasi`.
    pub fn namespace(&self) -> &str {
        self.0.package.namespace().as_ref()
    }

    /// Returns the name in the namespace: `http`.
    pub fn name(&self) -> &str {
        self.0.package.name().as_ref()
    }

    /// Returns the version, if the reference has one.
    pub fn version(&self) -> Option<&Version> {
        self.0.version.as_ref()
    }

    /// Returns a reference to a version of this package.
    pub fn with_version(&self, version: Version) -> Self {
        Reference(PackageSpec {
            package: self.0.package.clone(),
            version: Some(version),
        })
    }

    /// Returns a reference to this package in no version.
    pub fn without_version(&self) -> Self {
        self.0.package.clone().into()
    }

    /// Whether a name that a user wrote stands for a package of a registry, because no path looks like it.
    pub fn is_meant(written: &str) -> bool {
        let looks_like_a_path = written.contains(['/', '\\'])
            || [".wit", ".wasm", ".wat"].iter().any(|end| written.ends_with(end));
        // `C:wit` is a path on Windows.
        let is_drive = |namespace: &str| cfg!(windows) && namespace.len() == 1;
        let namespace = written.split_once(':').map(|(namespace, _)| namespace);
        !looks_like_a_path && namespace.is_some_and(|namespace| !is_drive(namespace))
    }

    pub(super) fn package(&self) -> &PackageRef {
        &self.0.package
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<PackageRef> for Reference {
    fn from(package: PackageRef) -> Self {
        Reference(PackageSpec {
            package,
            version: None,
        })
    }
}

impl TryFrom<&wit_parser::PackageName> for Reference {
    type Error = Failure;

    fn try_from(name: &wit_parser::PackageName) -> Result<Self> {
        name.to_string().parse()
    }
}

impl FromStr for Reference {
    type Err = Failure;

    fn from_str(written: &str) -> Result<Self> {
        written.parse().map(Reference).map_err(|error| {
            let why = match error {
                wasm_pkg_common::Error::InvalidPackageRef(why) => why,
                other => other.to_string(),
            };
            let message = format!("`{written}` is not the name of a package: {why}");
            Diagnostic::error(codes::INVALID_REFERENCE, message)
                .at(Place::argument(written))
                .help("write it as `namespace:name@1.2.3`, in lower case")
                .into()
        })
    }
}
