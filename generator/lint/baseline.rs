//! Findings that are accepted, so that only new ones count.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read::{self, MAX_LIST_BYTES};

/// The shape of the file; it grows by one when a field is renamed, removed or changes its meaning.
const FORMAT_VERSION: u32 = 1;

/// Findings that are accepted. They are known by rule, item and message and not by their lines, so
/// moving an item wakes none of them up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    findings: Vec<Accepted>,
}

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The rule's id.
    pub rule: String,
    /// The item's name in the package.
    pub item: String,
    /// The fault in it.
    pub message: String,
}

impl Baseline {
    /// Accepts these findings.
    pub fn new(mut findings: Vec<Accepted>) -> Self {
        findings.sort();
        Baseline {
            version: FORMAT_VERSION,
            findings,
        }
    }

    /// Reads a file that [`Baseline::to_json`] made.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or is none of these.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = read::any_text(path, MAX_LIST_BYTES).map_err(|error| {
            let message = format!("cannot read `{shown}`: {error}");
            Diagnostic::error(codes::UNREADABLE, message)
                .at(Place::path(path))
                .help(format!("make it with --write-baseline={shown}"))
        })?;
        let invalid = |why: String| {
            let message = format!("`{shown}` is no baseline of this version of witgen: {why}");
            Diagnostic::error(codes::INVALID_BASELINE, message)
                .at(Place::path(path))
                .help(format!("write it again with --write-baseline={shown}"))
        };
        let baseline: Baseline =
            serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        match baseline.version {
            FORMAT_VERSION => Ok(baseline),
            version => Err(invalid(format!(
                "its version is {version}, but only {FORMAT_VERSION} is supported"
            ))
            .into()),
        }
    }

    /// The findings, one after the other in the order of rule, item and message.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("plain data always serialises");
        format!("{text}\n")
    }

    /// How many findings are accepted.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// The findings, each with how often it is accepted.
    pub(super) fn counts(&self) -> BTreeMap<&Accepted, usize> {
        let mut counts = BTreeMap::new();
        for accepted in &self.findings {
            *counts.entry(accepted).or_default() += 1;
        }
        counts
    }
}
