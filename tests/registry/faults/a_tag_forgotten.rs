//! The registry says that it has taken the manifest, and hasn't.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("PUT", "manifests") {
            proxy::answer("201 Created", "", "")
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[not-published]",
        "`HOST` accepted the upload, but doesn't have it",
    ],
    ..PUBLISH
};
