//! Explanations of codes: of errors, and of the rules of `witgen lint` and `witgen diff`.
//!
//! ```
//! let code = witgen::explain::code("unknown-world")?;
//! assert_eq!(code.summary(), "The package has no world with this name.");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use askama::Template;

use crate::compat;
use crate::diagnostic::{Code, Diagnostic, Result, codes};
use crate::lint::{self, Rule};
use crate::names::nearest;

/// The page of one code.
#[derive(Template)]
#[template(path = "explain/page.txt", escape = "none")]
struct Page<'a> {
    page: &'a str,
    /// A rule's family and level, or a code's class.
    facts: String,
}

/// Returns every code that a diagnostic can have, once, by class.
pub fn all() -> impl Iterator<Item = Code> {
    // Four rules of lint are reported by other commands too, and are among the codes already.
    let is_new = |code: &Code| codes::all().all(|other| other != *code);
    let lint = lint::RULES.iter().map(|rule| rule.code()).filter(is_new);
    let compat = compat::RULES.iter().map(compat::Rule::code);
    let mut all: Vec<_> = codes::all().chain(lint).chain(compat).collect();
    all.sort_by_key(|code| (code.class(), code.id()));
    all.into_iter()
}

/// Looks up a code by its id.
///
/// # Errors
///
/// An id that no code has; the help names the nearest one.
pub fn code(id: &str) -> Result<Code> {
    if let Some(code) = all().find(|code| code.id() == id) {
        return Ok(code);
    }
    let failure = Diagnostic::error(codes::UNKNOWN_CODE, format!("no code or rule `{id}`"));
    let ids = all().map(|code| code.id());
    Err(match nearest(id, ids) {
        Some(nearest) => failure.help(format!("did you mean `{nearest}`?")),
        None => failure.help("`witgen explain --all` lists all codes"),
    }
    .into())
}

/// Returns the page of a code, as Markdown: what it means and what to do.
pub fn page(code: Code) -> String {
    crate::template::text(&Page {
        page: code.page().trim_end(),
        facts: match rule_of(code) {
            Some(rule) => format!("{}; by default: {}", rule.family, rule.level),
            None => format!("{}: {}", code.class(), code.class().summary()),
        },
    })
}

/// Returns the lint rule with a code.
pub(crate) fn rule_of(code: Code) -> Option<&'static Rule> {
    lint::RULES.iter().copied().find(|rule| rule.code() == code)
}
