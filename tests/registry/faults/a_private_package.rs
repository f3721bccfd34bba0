//! The registry says that this user may not see the package: that is not "missing".

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.fields.contains("authorization: basic") {
            proxy::answer(
                "403 Forbidden",
                "",
                r#"{"errors": [{"code": "DENIED", "message": "not for you"}]}"#,
            )
        } else {
            proxy::answer(
                "401 Unauthorized",
                "www-authenticate: Basic realm=\"r\"\r\n",
                "",
            )
        }
    },
    says: &[
        "error[forbidden]",
        "`HOST` doesn't allow this with the credentials from Docker's configuration (DENIED: not for you)",
        "ask the registry's operator for access",
    ],
    ..FETCH
};
