//! All is uploaded, and then the registry doesn't take the manifest: nothing is under the tag.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("PUT", "manifests") {
            proxy::answer("500 Internal Server Error", "", "")
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[registry-failed]: cannot publish 1.0.0",
        "nothing was left incomplete",
    ],
    ..PUBLISH
};
