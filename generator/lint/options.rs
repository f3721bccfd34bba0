//! What is asked of a run: how much each rule weighs, and what is allowed.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::baseline::Baseline;
use super::rule;
use crate::diagnostic::{Diagnostic, Result};

/// How much the findings of a rule weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The rule isn't looked at.
    Off,
    /// Worth a look; nothing fails because of it.
    Warning,
    /// The package is not as it should be.
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

/// What a run looks at, and what it lets pass.
///
/// ```
/// use witgen::lint::{Level, Options};
///
/// let mut options = Options::default();
/// options.levels.insert("docs-missing".to_owned(), Level::Error);
/// options.allow.push("boolean-pair=types.request.new".parse()?);
/// # Ok::<(), witgen::diagnostic::Diagnostic>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Rules that weigh something else than by default.
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

impl FromStr for Allow {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Self> {
        let Some((id, item)) = text.split_once('=') else {
            let message = format!("`{text}` names no item");
            return Err(Diagnostic::error("invalid-allow", message)
                .help("write the rule and the item: `boolean-pair=types.request.new`"));
        };
        Ok(Allow {
            rule: rule(id.trim())?.id.to_owned(),
            item: item.trim().to_owned(),
        })
    }
}

impl TryFrom<String> for Allow {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.rule, self.item)
    }
}
