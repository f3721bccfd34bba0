//! Problems that a policy only reports, without failing.

use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnostic::Diagnostic;

/// Problems, which all copies of [`Registries`](super::Registries) share.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports(Arc<Mutex<Vec<Diagnostic>>>);

impl Reports {
    /// Adds a problem, unless it is known.
    pub fn add(&self, problem: Option<Diagnostic>) {
        let mut problems = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(problem) = problem.filter(|problem| !problems.contains(problem)) {
            problems.push(problem);
        }
    }

    /// Returns the problems, and forgets them.
    pub fn take(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

// Reports don't distinguish sets of registries.
impl PartialEq for Reports {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Reports {}
