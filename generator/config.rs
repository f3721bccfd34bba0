//! `witgen.toml`: what a package's root says about what is derived from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::diagnostic::{Diagnostic, Place, Result};
use crate::names::nearest;

/// The file's name.
pub const FILE: &str = "witgen.toml";

const KEYS: &[&str] = &["wit"];

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
        let failure = Diagnostic::error("invalid-config", first).at(place);
        match nearest(offending, KEYS.iter().copied()) {
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
    fn what_is_not_toml_is_shown_where_it_breaks() {
        let error = parse("witgen.toml", "wit = \n").unwrap_err();
        assert!(error.to_string().contains("--> witgen.toml:1:7"), "{error}");
    }
}
