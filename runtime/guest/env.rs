//! Environment variables: configuration that the operator sets for a member.

use std::env::VarError;

/// Returns an environment variable of the component.
///
/// In tests it is one that `testing::with().var(…)` has set, and never one of the system.
///
/// # Errors
///
/// [`VarError::NotPresent`] if the variable isn't set, and always on `wasm32-unknown-unknown`, where the standard library
/// has no environment; [`VarError::NotUnicode`] if its value isn't Unicode.
///
/// # Panics
///
/// In a test, outside of `testing::with().run(…)`.
pub fn var(name: &str) -> Result<String, VarError> {
    #[cfg(target_arch = "wasm32")]
    {
        std::env::var(name)
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        super::testing::var(name).ok_or(VarError::NotPresent)
    }
}
