//! The registry repeats the password as a version, which would become the name of a folder.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        after_login(request, || {
            if request.target.contains("tags") {
                proxy::answer(
                    "200 OK",
                    "",
                    r#"{"tags": ["0.9.0", "0.9.0-sesame", "0.8.0_Sesame"]}"#,
                )
            } else {
                proxy::answer("404 Not Found", "", "")
            }
        })
    },
    says: &["error[not-in-registry]", "the latest versions are: 0.9.0\n"],
    requests: 6,
    ..FETCH
};
