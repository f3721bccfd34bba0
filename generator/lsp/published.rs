//! The problems that a client shows, by who reports them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use lsp_types::Diagnostic;

/// Problems of files, by their addresses.
pub(super) type Found = BTreeMap<String, Vec<Diagnostic>>;

/// A source of problems. Several sources can report problems of one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reporter {
    /// The texts of a package: a folder or a file.
    Package(PathBuf),
    /// The contents of a `witgen.toml`.
    Settings(PathBuf),
    /// A `witgen.toml`: the relations and the baseline that it names, as of the last save.
    Project(PathBuf),
}

/// The problems of each reporter.
#[derive(Default)]
pub(super) struct Published(BTreeMap<Reporter, Found>);

impl Published {
    /// Replaces what a reporter has reported. Returns the addresses of files whose problems change.
    pub fn replace(&mut self, reporter: Reporter, mut found: Found) -> BTreeSet<String> {
        found.retain(|_, diagnostics| !diagnostics.is_empty());
        let new = found.clone();
        let old = match found.is_empty() {
            true => self.0.remove(&reporter),
            false => self.0.insert(reporter, found),
        };
        let old = old.unwrap_or_default();
        let addresses: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let changed = addresses.into_iter().filter(|uri| old.get(*uri) != new.get(*uri));
        changed.cloned().collect()
    }

    /// Removes other reporters than these with what they have reported. Returns the addresses of files whose problems change.
    pub fn retain(&mut self, is_kept: impl Fn(&Reporter) -> bool) -> BTreeSet<String> {
        let removed: Vec<Reporter> =
            self.0.keys().filter(|reporter| !is_kept(reporter)).cloned().collect();
        let emptied = removed.into_iter().map(|reporter| self.replace(reporter, Found::new()));
        emptied.flatten().collect()
    }

    /// Returns the problems of a file, each once.
    pub fn of(&self, uri: &str) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = Vec::new();
        for diagnostic in self.0.values().filter_map(|found| found.get(uri)).flatten() {
            if !all.contains(diagnostic) {
                all.push(diagnostic.clone());
            }
        }
        all
    }
}
