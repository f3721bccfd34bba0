//! Half a manifest, which says that it is a whole one.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        Answer::Changed(|answer| {
            let body = proxy::body(&answer);
            proxy::with_body(&answer, &body[..body.len() / 2])
        })
    },
    says: &[
        "error[invalid-answer]",
        "`HOST` sent an unexpected response: no manifest of a package: EOF",
    ],
    requests: 1,
    ..FETCH
};
