//! Rules by their names.

use std::str::FromStr;

use super::{Allow, RULES, Rule};
use crate::diagnostic::{Diagnostic, Failure, Result, codes};
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
    let failure = Diagnostic::error(codes::UNKNOWN_RULE, format!("no rule `{id}`"));
    Err(match nearest(id, RULES.iter().map(|rule| rule.id)) {
        Some(nearest) => failure.help(format!("did you mean `{nearest}`?")),
        None => failure.help("`witgen explain` lists all rules"),
    }
    .into())
}

impl FromStr for Allow {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self> {
        let Some((id, item)) = text.split_once('=') else {
            let message = format!("`{text}` names no item");
            return Err(Diagnostic::error(codes::INVALID_ALLOW, message)
                .help("write the rule and the item: `boolean-pair=types.request.new`")
                .into());
        };
        Ok(Allow {
            rule: rule(id.trim())?.id.to_owned(),
            item: item.trim().to_owned(),
        })
    }
}

impl TryFrom<String> for Allow {
    type Error = Failure;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
