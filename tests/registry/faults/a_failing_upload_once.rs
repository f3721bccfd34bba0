//! The registry fails while it is sent the contents, and the connection ends: the upload begins anew.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, before| match request.is("PUT", "uploads") && before < 6 {
        true => Answer::CutRequest(500),
        false => Answer::Own,
    },
    end: End::Recovers,
    ..PUBLISH
};
