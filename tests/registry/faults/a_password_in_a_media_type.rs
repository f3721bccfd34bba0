//! The registry repeats the password as a layer's media type, behind more words than a message has room for.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        after_login(request, || {
            let words = "x".repeat(96);
            proxy::answer("200 OK", "", &manifest(&format!("{words}sesame"), "2"))
        })
    },
    says: &["error[invalid-answer]", "x…`, not `application/wasm`"],
    ..FETCH
};
