//! Which version is next.

use std::fmt;
use std::str::FromStr;

use semver::{Prerelease, Version};

use crate::diagnostic::{Diagnostic, Failure, Place, codes};

/// Which version is next: one that is written out, the next of a kind, or the least that the changes allow.
///
/// ```
/// use witgen::release::Wanted;
///
/// let next = |wanted: &str| wanted.parse::<Wanted>().unwrap().after(&"0.3.2".parse().unwrap());
/// assert_eq!(next("minor").unwrap().to_string(), "0.4.0");
/// assert_eq!(next("0.3.1002").unwrap().to_string(), "0.3.1002");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// The least version that the changes since the baseline allow.
    #[default]
    Least,
    /// `0.3.3` after `0.3.2`.
    Patch,
    /// `0.4.0` after `0.3.2`.
    Minor,
    /// `1.0.0` after `0.3.2`.
    Major,
    /// This version.
    Version(Version),
}

impl Wanted {
    /// Returns the version that follows; none for the least, which depends on what has changed, and if the number to raise is
    /// the largest one already. A pre-release is followed by its release, if that is of the kind: `0.4.0` is the next minor
    /// version after `0.4.0-draft`.
    pub fn after(&self, version: &Version) -> Option<Version> {
        let (major, minor, patch) = (version.major, version.minor, version.patch);
        let is_pre_release = version.pre != Prerelease::EMPTY;
        Some(match self {
            Wanted::Least => return None,
            Wanted::Version(wanted) => wanted.clone(),
            Wanted::Patch if is_pre_release => Version::new(major, minor, patch),
            Wanted::Patch => Version::new(major, minor, patch.checked_add(1)?),
            Wanted::Minor if is_pre_release && patch == 0 => Version::new(major, minor, 0),
            Wanted::Minor => Version::new(major, minor.checked_add(1)?, 0),
            Wanted::Major if is_pre_release && (minor, patch) == (0, 0) => {
                Version::new(major, 0, 0)
            }
            Wanted::Major => Version::new(major.checked_add(1)?, 0, 0),
        })
    }

    /// Returns what to pass on the command line for a version that follows another: `minor`, or the version itself.
    pub(super) fn for_version(next: &Version, after: &Version) -> Self {
        let kinds = [Wanted::Patch, Wanted::Minor, Wanted::Major];
        let kind = kinds.into_iter().find(|kind| kind.after(after).as_ref() == Some(next));
        kind.unwrap_or_else(|| Wanted::Version(next.clone()))
    }
}

impl FromStr for Wanted {
    type Err = Failure;

    fn from_str(written: &str) -> Result<Self, Failure> {
        match written {
            "patch" => Ok(Wanted::Patch),
            "minor" => Ok(Wanted::Minor),
            "major" => Ok(Wanted::Major),
            _ => written.parse().map(Wanted::Version).map_err(|error: semver::Error| {
                let message = format!("`{written}` is not a semantic version: {error}");
                let failure =
                    Diagnostic::error(codes::NOT_A_VERSION, message).at(Place::argument(written));
                let unprefixed = written.trim_start_matches('v');
                match unprefixed.parse::<Version>() {
                    Ok(_) => failure.help(format!("write `{unprefixed}`")).into(),
                    Err(_) => failure
                        .help("pass `patch`, `minor`, `major`, or three numbers such as `0.3.3`")
                        .into(),
                }
            }),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wanted::Least => Ok(()),
            Wanted::Patch => f.write_str("patch"),
            Wanted::Minor => f.write_str("minor"),
            Wanted::Major => f.write_str("major"),
            Wanted::Version(version) => version.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_pre_release_is_followed_by_its_release() {
        for (version, wanted, expected) in [
            ("0.3.2", Wanted::Patch, "0.3.3"),
            ("0.3.2", Wanted::Minor, "0.4.0"),
            ("0.3.2", Wanted::Major, "1.0.0"),
            ("0.4.0-draft", Wanted::Patch, "0.4.0"),
            ("0.4.0-draft", Wanted::Minor, "0.4.0"),
            ("0.4.1-draft", Wanted::Minor, "0.5.0"),
            ("0.4.0-draft", Wanted::Major, "1.0.0"),
            ("1.0.0-rc.1", Wanted::Major, "1.0.0"),
            ("1.0.0+5", Wanted::Patch, "1.0.1"),
        ] {
            let next = wanted.after(&version.parse().unwrap()).unwrap();
            assert_eq!(next.to_string(), expected, "{wanted} after {version}");
        }
    }

    #[test]
    fn no_version_follows_the_largest_number_of_a_kind() {
        for (version, wanted) in [
            ("0.3.18446744073709551615", Wanted::Patch),
            ("0.18446744073709551615.0", Wanted::Minor),
            ("18446744073709551615.0.0", Wanted::Major),
        ] {
            assert_eq!(wanted.after(&version.parse().unwrap()), None);
        }
    }
}
