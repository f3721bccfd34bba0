//! The token server refuses the credentials.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.target.starts_with("/token") {
            proxy::answer(
                "401 Unauthorized",
                "",
                r#"{"errors": [{"code": "UNAUTHORIZED", "message": "sesame is wrong"}]}"#,
            )
        } else {
            let host = request.fields.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
            let challenge =
                format!("www-authenticate: Bearer realm=\"http://{host}/token\",service=\"s\"\r\n");
            proxy::answer("401 Unauthorized", &challenge, "")
        }
    },
    says: &[
        "error[unauthorized]",
        "`HOST` rejects the credentials from Docker's configuration (UNAUTHORIZED: … is wrong)",
    ],
    ..FETCH
};
