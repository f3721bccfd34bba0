//! The registry begins an upload and doesn't say where it goes.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("POST", "uploads") {
            proxy::answer("202 Accepted", "", "")
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[invalid-answer]: cannot publish 1.0.0",
        "no address for an upload (`Location`)",
    ],
    ..PUBLISH
};
