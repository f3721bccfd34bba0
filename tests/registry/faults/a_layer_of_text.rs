//! A package of something else.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        Answer::Changed(|answer| {
            let text = String::from_utf8_lossy(proxy::body(&answer))
                .replace("application/wasm", "text/plain");
            proxy::with_body(&answer, text.as_bytes())
        })
    },
    says: &[
        "error[invalid-answer]",
        "a layer that is `text/plain`, not `application/wasm`",
    ],
    requests: 1,
    ..FETCH
};
