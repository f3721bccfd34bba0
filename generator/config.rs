//! `witgen.toml`: what a package's root says about what is derived from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::diagnostic::{Diagnostic, Place, Result};
use crate::names::nearest;

/// The file's name.
pub const FILE: &str = "witgen.toml";

const KEYS: &[&str] = &["wit"];

/// What later versions read, so that who has one of their files is told so.
const LATER: &[&str] = &["baseline", "docs", "golden", "relation", "rust"];

/// The contents of a `witgen.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Where the WIT package is, from the file's folder.
    pub wit: Option<String>,
}

impl Config {
    /// The `witgen.toml` of a folder, with its path, if there is one. Folders above are not looked
    /// into.
    ///
    /// # Errors
    ///
    /// A file that can't be read, isn't TOML, or has keys that witgen doesn't know.
    pub fn find(dir: &Path) -> Result<Option<(PathBuf, Config)>> {
        let path = if dir == Path::new(".") {
            PathBuf::from(FILE)
        } else {
            dir.join(FILE)
        };
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Diagnostic::error("unreadable", format!("cannot read `{FILE}`: {error}"))
                .at(Place::path(&path))
        })?;
        let config = parse(&path.display().to_string(), &text)?;
        Ok(Some((path, config)))
    }
}

/// Reads the text of a `witgen.toml`; `path` is what messages call it.
fn parse(path: &str, text: &str) -> Result<Config> {
    toml::from_str(text).map_err(|error| {
        let mut message = error.message().lines();
        let first = message.next().unwrap_or_default().to_owned();
        let range = error.span().unwrap_or(0..0);
        let offending = &text[range.clone()];
        let place = Place::source(path, Arc::from(text), range);
        let is_unknown = first.starts_with("unknown field");
        if is_unknown && LATER.contains(&offending) {
            return Diagnostic::error(
                "unsupported-config",
                format!("this version of witgen doesn't support `{offending}`"),
            )
            .at(place)
            .help("remove it, or use a version that does");
        }
        let failure = Diagnostic::error("invalid-config", first).at(place);
        match nearest(offending, KEYS.iter().copied()) {
            // What is wrong with a key that is known stands in the message.
            _ if !is_unknown => failure,
            Some(key) => failure.help(format!("did you mean `{key}`?")),
            None => failure.help(format!("keys: {}", KEYS.join(", "))),
        }
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn an_unknown_key_is_shown_where_it_stands() {
        let error = parse("witgen.toml", "# the package\nwitt = \"wit\"\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "\
error[invalid-config]: unknown field `witt`, expected `wit`
 --> witgen.toml:2:1
  |
2 | witt = \"wit\"
  | ^^^^
  |
  = help: did you mean `wit`?"
        );
    }

    #[test]
    fn a_section_of_a_later_version_is_no_slip_of_the_finger() {
        let error = parse("witgen.toml", "wit = \"wit\"\n[docs]\nout = \"spec\"\n").unwrap_err();
        assert_eq!(error.rule, "unsupported-config");
        assert!(error.to_string().contains("--> witgen.toml:2:2"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_type_gets_no_advice_on_keys() {
        let error = parse("witgen.toml", "wit = 5\n").unwrap_err();
        assert!(error.help.is_empty(), "{error}");
    }

    #[test]
    fn what_is_not_toml_is_shown_where_it_breaks() {
        let error = parse("witgen.toml", "wit = \n").unwrap_err();
        assert!(error.to_string().contains("--> witgen.toml:1:7"), "{error}");
    }
}
