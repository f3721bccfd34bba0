//! The registry sends a download to another place of its own, which wants the credentials, too.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.field("authorization").is_empty() {
            proxy::answer(
                "401 Unauthorized",
                "www-authenticate: Basic realm=\"r\"\r\n",
                "",
            )
        } else if request.matches("GET", "blobs") && !request.target.contains("there") {
            let location = format!("location: {}?there=1\r\n", request.target);
            proxy::answer("307 Temporary Redirect", &location, "")
        } else {
            Answer::Own
        }
    },
    end: End::Recovers,
    ..FETCH
};
