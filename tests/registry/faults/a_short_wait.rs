//! The registry has had too much, and asks to come back in a second: it gets what it asks for, also
//! before an upload, which it hasn't begun.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, before| {
        if before == 0 || request.matches("POST", "uploads") && before < 4 {
            proxy::answer("429 Too Many Requests", "retry-after: 1\r\n", "")
        } else {
            Answer::Own
        }
    },
    end: End::Recovers,
    ..PUBLISH
};
