//! Gates: `@since`, `@unstable`, `@deprecated`.

use serde::Serialize;

/// The gate of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stability {
    /// No gate.
    Unknown,
    /// `@since`.
    Stable {
        /// The version that brought it.
        since: semver::Version,
        /// The version that deprecated it.
        deprecated: Option<semver::Version>,
    },
    /// `@unstable`.
    Unstable {
        /// The feature that switches it on.
        feature: String,
        /// The version that deprecated it.
        deprecated: Option<semver::Version>,
    },
}
