//! Collects the problems of a file, so that all of them are reported at once.

use witgen::diagnostic::{Diagnostic, Failure};

/// The problems so far.
#[derive(Default)]
pub(super) struct Problems(Vec<Diagnostic>);

impl Problems {
    /// Returns a value, or adds why there is none.
    pub fn or_add<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        let add = |failure: Failure| {
            for problem in failure.into_diagnostics() {
                // Chains can share what is wrong.
                if !self.0.contains(&problem) {
                    self.0.push(problem);
                }
            }
        };
        result.map_err(add).ok()
    }

    /// Returns a failure if there are problems.
    pub fn end(self) -> Result<(), Failure> {
        Failure::of(self.0).map_or(Ok(()), Err)
    }
}
