//! How a command ends.

use crate::diagnostic::{Diagnostic, Severity};

/// How a command that was carried out ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Fine,
    Findings,
    /// As another program ended that did the work.
    #[cfg(not(unix))]
    Ended(u8),
}

impl Status {
    /// Of a command that looked for something.
    pub fn of(findings: &[Diagnostic]) -> Self {
        let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
        if findings.iter().any(is_error) {
            Status::Findings
        } else {
            Status::Fine
        }
    }
}
