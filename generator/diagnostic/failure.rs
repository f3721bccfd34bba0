//! Why something could not be done.

use std::fmt;

use super::{Code, Diagnostic, Place, render};

/// A result whose error is a [`Failure`].
pub type Result<T> = std::result::Result<T, Failure>;

/// Why something could not be done: one diagnostic or several, never none.
///
/// Findings of a check are not a failure: they are values of a function that succeeded.
///
/// ```
/// use witgen::diagnostic::{Diagnostic, Failure, codes};
///
/// let failure = Failure::from(Diagnostic::error(codes::UNKNOWN_WORLD, "no world `a`"));
/// let failure = failure.and(Diagnostic::error(codes::UNKNOWN_WORLD, "no world `b`"));
/// assert_eq!(failure.diagnostics().len(), 2);
/// assert!(failure.to_string().contains("error[unknown-world]: no world `b`"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Failure(Vec<Diagnostic>);

impl Failure {
    /// Returns a failure of several diagnostics, or nothing if there are none.
    pub fn of(diagnostics: Vec<Diagnostic>) -> Option<Self> {
        (!diagnostics.is_empty()).then_some(Failure(diagnostics))
    }

    /// Collects all results, or all failures: ten problems must not take ten runs to see.
    ///
    /// # Errors
    ///
    /// The diagnostics of all failures, in their order.
    pub fn collect<T, C: FromIterator<T>>(
        results: impl IntoIterator<Item = Result<T>>,
    ) -> Result<C> {
        let mut diagnostics = Vec::new();
        let values = results
            .into_iter()
            .filter_map(|result| result.map_err(|failure: Self| diagnostics.extend(failure.0)).ok())
            .collect();
        match Failure::of(diagnostics) {
            Some(failure) => Err(failure),
            None => Ok(values),
        }
    }

    /// Adds what else went wrong.
    #[must_use]
    pub fn and(mut self, other: impl Into<Failure>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    /// Returns the first diagnostic.
    pub fn first(&self) -> &Diagnostic {
        &self.0[0]
    }

    /// Returns the code of the first diagnostic.
    pub fn code(&self) -> Code {
        self.first().code
    }

    /// Returns all diagnostics; there is at least one.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }

    /// Returns all diagnostics; there is at least one.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.0
    }

    /// Changes each diagnostic.
    #[must_use]
    pub fn map(self, change: impl FnMut(Diagnostic) -> Diagnostic) -> Self {
        Failure(self.0.into_iter().map(change).collect())
    }

    /// Adds a place to each diagnostic.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        self.map(|diagnostic| diagnostic.at(place.clone()))
    }

    /// Adds a sentence on what to do to each diagnostic.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.map(|diagnostic| diagnostic.help(help.clone()))
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Failure(vec![diagnostic])
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rendered: Vec<_> = self.0.iter().map(|it| render::human(it, false)).collect();
        f.write_str(&rendered.join("\n"))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn collecting_reports_every_failure_and_not_only_the_first() {
        let failed = |what: &str| Err(Diagnostic::error(codes::UNREADABLE, what).into());
        let collected: Result<Vec<u8>> =
            Failure::collect([Ok(1), failed("one"), Ok(2), failed("two")]);
        assert_eq!(
            collected.unwrap_err().to_string(),
            "error[unreadable]: one\nerror[unreadable]: two"
        );
        let collected: Result<Vec<u8>> = Failure::collect([Ok(1), Ok(2)]);
        assert_eq!(collected, Ok(vec![1, 2]));
    }

    #[test]
    fn a_failure_is_never_empty() {
        assert_eq!(Failure::of(Vec::new()), None);
    }
}
