//! Languages, and projects in them.

use std::fmt;

/// A language other than Rust that has templates.
pub struct Language {
    pub(super) name: &'static str,
    /// Renders the files of a project beside its `wit/`, with their paths.
    pub(super) files: fn(&New<'_>) -> Vec<(&'static str, String)>,
    /// Whether its tool can't import async functions; `witgen component` makes the imports async again.
    pub(super) has_plain_imports: bool,
}

impl Language {
    /// Returns its name: `python`.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The view that templates print.
pub(super) struct New<'a> {
    pub name: &'a str,
    pub world: &'a str,
    pub is_proxy: bool,
    /// The version of `wasi:http`.
    pub version: &'a str,
}
