//! Names of imports and exports, and their versions.

use std::fmt;

use semver::Version;

use crate::names::{are_semver_compatible, is_semver_compatible};

/// The export of a member that handles requests.
pub(super) const HANDLER: &str = "wasi:http/handler";
/// The next hop of a proxy.
pub(super) const ORIGIN: &str = "wasi:http/origin";
/// The types that all of these carry.
pub(super) const TYPES: &str = "wasi:http/types";
/// Where side calls go.
pub(super) const CLIENT: &str = "wasi:http/client";
/// Where components of WASI 0.2 send requests.
pub(super) const OUTGOING_HANDLER: &str = "wasi:http/outgoing-handler";
/// The export of a service of WASI 0.2.
pub(super) const INCOMING_HANDLER: &str = "wasi:http/incoming-handler";

/// The name of an imported or exported interface: `wasi:http/handler@0.3.1002`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceName {
    /// Without the version: `wasi:http/handler`.
    pub path: String,
    /// The version, if it has one.
    pub version: Option<Version>,
}

impl InterfaceName {
    /// Takes a name apart; one that is no interface's is a path without a version.
    pub fn parse(name: &str) -> Self {
        let parts = name.split_once('@');
        match parts.and_then(|(path, version)| Some((path, Version::parse(version).ok()?))) {
            Some((path, version)) => InterfaceName {
                path: path.to_owned(),
                version: Some(version),
            },
            None => InterfaceName {
                path: name.to_owned(),
                version: None,
            },
        }
    }

    /// The interface's own name: `handler`.
    pub(super) fn last_part(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether both name one interface, in versions that are semver-compatible.
    pub(super) fn is_compatible(&self, other: &InterfaceName) -> bool {
        self.path == other.path
            && are_semver_compatible(self.version.as_ref(), other.version.as_ref())
    }

    /// The interface in another version.
    pub(super) fn with_version(&self, version: Option<&Version>) -> Self {
        InterfaceName {
            path: self.path.clone(),
            version: version.cloned(),
        }
    }
}

/// Returns the name of an interface in another version, if it is one of WASI 0.3.
pub(super) fn at_version(name: &str, version: &Version) -> String {
    let interface = InterfaceName::parse(name);
    let is_of_line =
        interface.version.as_ref().is_some_and(|own| is_semver_compatible(own, version));
    if interface.path.starts_with("wasi:") && is_of_line {
        interface.with_version(Some(version)).to_string()
    } else {
        name.to_owned()
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

/// Whether a name may be a member's: kebab case, as names in WIT.
pub(crate) fn is_kebab_case(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(|c| c.is_ascii_lowercase())
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_name_is_optional() {
        assert_eq!(
            InterfaceName::parse("a:b/c@1.0.0").to_string(),
            "a:b/c@1.0.0"
        );
        assert_eq!(InterfaceName::parse("a:b/c").version, None);
        assert_eq!(InterfaceName::parse("run").path, "run");
    }
}
