//! Settings that have no effect yet.

use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

/// The error for a setting that would have no effect.
pub(super) fn unsupported(key: &str, place: Place) -> Failure {
    let message = format!("`{key}` isn't supported yet, and would have no effect");
    let error = Diagnostic::error(codes::INVALID_CHAIN_FILE, message).at(place);
    error.help("leave it out").into()
}
