//! A layer that says that it has more bytes than there are.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        Answer::Changed(|answer| {
            let text = String::from_utf8_lossy(proxy::body(&answer)).into_owned();
            let (before, after) = text.split_once("application/wasm").unwrap();
            let after = after.replacen("\"size\":", "\"size\":9999999999", 1);
            proxy::with_body(
                &answer,
                format!("{before}application/wasm{after}").as_bytes(),
            )
        })
    },
    says: &[
        "error[invalid-answer]",
        "a response of `HOST` is longer than 536870912 bytes",
    ],
    requests: 1,
    ..FETCH
};
