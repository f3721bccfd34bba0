//! The registry fails while it is sent the contents, each time.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("PUT", "uploads") {
            proxy::answer("500 Internal Server Error", "", "")
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[registry-failed]: cannot publish 1.0.0",
        "`HOST` failed with status 500",
    ],
    ..PUBLISH
};
