//! The options of a run: the level of each rule, and the allowed findings.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::baseline::Baseline;

/// The level of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The rule isn't checked.
    Off,
    /// The findings are warnings, and nothing fails.
    Warning,
    /// The findings are errors.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Off => "off",
            Level::Warning => "warning",
            Level::Error => "error",
        })
    }
}

/// The scope of a run, and the findings that it allows.
///
/// ```
/// use witgen::lint::{Level, Options};
///
/// let mut options = Options::default();
/// options.levels.insert("docs-missing".to_owned(), Level::Error);
/// options.allow.push("boolean-pair=types.request.new".parse()?);
/// # Ok::<(), witgen::diagnostic::Failure>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Rules whose level differs from the default.
    pub levels: BTreeMap<String, Level>,
    /// Items that rules let pass.
    pub allow: Vec<Allow>,
    /// Findings that are accepted.
    pub baseline: Option<Baseline>,
}

/// A rule, and an item in which its findings are let pass: `boolean-pair=types.request.new`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Allow {
    /// The rule's id.
    pub rule: String,
    /// The item's name in the package, as messages show it; what is in the item is meant too.
    pub item: String,
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.rule, self.item)
    }
}
