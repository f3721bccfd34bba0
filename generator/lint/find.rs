//! Rules by their names.

use std::str::FromStr;

use super::{Allow, RULES, Rule};
use crate::diagnostic::{Diagnostic, Result};
use crate::names::nearest;

/// The rule of a name.
///
/// # Errors
///
/// A name that no rule has, with the nearest.
pub fn rule(id: &str) -> Result<&'static Rule> {
    if let Some(rule) = RULES.iter().find(|rule| rule.id == id) {
        return Ok(rule);
    }
    let failure = Diagnostic::error("unknown-rule", format!("no rule `{id}`"));
    Err(match nearest(id, RULES.iter().map(|rule| rule.id)) {
        Some(nearest) => failure.help(format!("did you mean `{nearest}`?")),
        None => failure.help("`witgen explain` lists all rules"),
    })
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
