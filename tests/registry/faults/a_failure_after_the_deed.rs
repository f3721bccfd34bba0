//! The registry takes the manifest, and its answer gets lost: what is there decides.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("PUT", "manifests") {
            Answer::Cut(0)
        } else {
            Answer::Own
        }
    },
    end: End::Recovers,
    ..PUBLISH
};
