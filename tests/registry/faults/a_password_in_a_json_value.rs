//! The registry repeats the password as a value of a manifest that has to be a number.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        after_login(request, || {
            let version = r#""bWU6c2VzYW1l is me:SESAME""#;
            proxy::answer("200 OK", "", &manifest("application/wasm", version))
        })
    },
    says: &[
        "error[invalid-answer]",
        "no manifest of a package",
        "… is me:…",
    ],
    ..FETCH
};
