//! A manifest that is nested so deep that reading it could end the program.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        proxy::answer(
            "200 OK",
            "",
            &format!("{{\"layers\": {}", "[".repeat(1 << 20)),
        )
    },
    says: &["error[invalid-answer]", "no manifest of a package"],
    requests: 1,
    ..FETCH
};
