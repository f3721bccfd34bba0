//! The registry fails while it is sent the contents, and the connection ends: the upload begins anew.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, before| {
        if request.matches("PUT", "uploads") && before < 6 {
            Answer::CutRequest(500)
        } else {
            Answer::Own
        }
    },
    end: End::Recovers,
    ..PUBLISH
};
