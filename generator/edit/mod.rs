//! Edits texts of WIT on their lossless trees: what isn't edited stays byte for byte as it was.

mod edits;
mod gates;
mod package_line;
mod versions;

pub(crate) use edits::Edits;
pub(crate) use gates::{
    UnstableGate, latest_version_of_gates, replace_version_of_gates, stabilize, unstable_gates,
};
pub(crate) use package_line::package_line;
pub(crate) use versions::{Mention, mentions, replace_versions};
