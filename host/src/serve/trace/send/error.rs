//! Why a collector hasn't taken spans.

use std::time::Duration;

/// Why a collector hasn't taken spans.
#[derive(Debug)]
pub struct SendError {
    pub reason: String,
    /// Whether the request may be repeated.
    pub is_temporary: bool,
    /// The delay that the collector requires, if it states one.
    pub retry_after: Option<Duration>,
}

impl SendError {
    pub fn temporary(reason: String) -> Self {
        SendError {
            reason,
            is_temporary: true,
            retry_after: None,
        }
    }
}
