//! The connection ends in the middle of the contents, each time.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("GET", "blobs") {
            Answer::Cut(400)
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[registry-cut-off]: cannot download 1.0.0",
        "`HOST` closed the connection before its response was complete",
    ],
    ..FETCH
};
