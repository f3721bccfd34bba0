//! Edits texts of WIT on their lossless trees: what isn't edited stays byte for byte as it was.

mod edits;
mod versions;

pub(crate) use edits::Edits;
pub(crate) use versions::{Mention, mentions, replace_versions};
