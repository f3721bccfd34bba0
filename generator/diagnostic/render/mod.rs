//! Diagnostics as text: one file a format.

mod github;
mod human;
mod json;
mod markdown;
mod sarif;
mod slashes;
mod terminal;

pub use github::github;
pub use human::human;
pub use json::json;
pub use markdown::markdown;
pub(crate) use markdown::{code, inline, shown};
pub use sarif::sarif;
pub(crate) use terminal::{printable, printable_columns, printable_json};
