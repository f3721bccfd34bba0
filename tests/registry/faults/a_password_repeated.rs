//! The registry repeats what it was sent: it isn't shown.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.fields.contains("authorization: basic") {
            proxy::answer(
                "403 Forbidden",
                "",
                r#"{"errors": [{"code": "DENIED", "message": "Basic bWU6c2VzYW1l is me:sesame"}]}"#,
            )
        } else {
            proxy::answer(
                "401 Unauthorized",
                "www-authenticate: Basic realm=\"r\"\r\n",
                "",
            )
        }
    },
    says: &["error[forbidden]", "(DENIED: Basic … is me:…)"],
    ..FETCH
};
