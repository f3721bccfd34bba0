//! Values that can be secrets.

use schemars::JsonSchema;
use serde::Deserialize;

/// The value of an environment variable or of a header.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Variable {
    /// The value itself.
    Text(String),
    /// The content of a file.
    File(SecretFile),
}

/// A file with a value, which other users can't read. A trailing line break isn't part of the value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SecretFile {
    /// The path of the file.
    pub file: String,
}
