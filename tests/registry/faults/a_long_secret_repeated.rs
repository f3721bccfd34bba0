//! The registry repeats what it was sent, behind more words than a message has room for.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.fields.contains("authorization: basic") {
            let words = "x".repeat(190);
            let body = format!(
                r#"{{"errors": [{{"code": "DENIED", "message": "{words} bWU6c2VzYW1l {words}"}}]}}"#
            );
            proxy::answer("403 Forbidden", "", &body)
        } else {
            proxy::answer(
                "401 Unauthorized",
                "www-authenticate: Basic realm=\"r\"\r\n",
                "",
            )
        }
    },
    says: &["error[forbidden]", "xxx …"],
    ..FETCH
};
