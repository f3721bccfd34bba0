//! A manifest of many megabytes.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| proxy::answer("200 OK", "", &" ".repeat(64 << 20)),
    says: &[
        "error[invalid-answer]",
        "a response of `HOST` is longer than 4194304 bytes",
    ],
    requests: 1,
    ..FETCH
};
