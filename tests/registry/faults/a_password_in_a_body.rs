//! The registry repeats the password, with control characters in it that a message doesn't show.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        after_login(request, || {
            let body = r#"{"errors": [{"code": "DENIED", "message": "me:ses\u001b\u009bame"}]}"#;
            proxy::answer("403 Forbidden", "", body)
        })
    },
    says: &["error[forbidden]", "(DENIED: me:…)"],
    ..FETCH
};
