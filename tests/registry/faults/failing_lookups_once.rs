//! The registry fails every other time.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, before| match before % 2 {
        0 => proxy::answer("503 Service Unavailable", "", ""),
        _ => Answer::Own,
    },
    end: End::Recovers,
    ..FETCH
};
