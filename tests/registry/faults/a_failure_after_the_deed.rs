//! The registry takes the manifest, and its answer gets lost: what is there decides.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| match request.is("PUT", "manifests") {
        true => Answer::Cut(0),
        false => Answer::Own,
    },
    end: End::Recovers,
    ..PUBLISH
};
