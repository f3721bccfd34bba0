//! A manifest of many megabytes.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| proxy::answer("200 OK", "", &" ".repeat(64 << 20)),
    says: &[
        "error[invalid-answer]",
        "`HOST` sent more than 4194304 bytes where less belongs",
    ],
    requests: 1,
    ..FETCH
};
