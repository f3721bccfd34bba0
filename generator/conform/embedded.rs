//! The cases that the program contains.

use super::case::{Case, Suite};
use super::cases::CASES;
use crate::diagnostic::{Failure, Result};

/// Returns the cases of a suite, by name.
///
/// # Errors
///
/// None in a program whose tests pass: invalid cases, or quotations that are no longer in the WIT.
pub fn cases(suite: Suite) -> Result<Vec<Case>> {
    let prefix = format!("conformance/{}/", suite.as_str());
    let of_suite = CASES.iter().filter(|(path, _)| path.starts_with(&prefix));
    let mut cases: Vec<Case> =
        Failure::collect(of_suite.map(|(path, text)| Case::parse(suite, path, text)))?;
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(cases)
}
