//! A list of versions whose last page is never the last.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.target.contains("tags") {
            proxy::answer(
                "200 OK",
                "link: </v2/acme/units/tags/list?n=1>; rel=\"next\"\r\n",
                r#"{"name": "acme/units", "tags": ["../0.9.0", "latest", "0.9.0"]}"#,
            )
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[invalid-answer]: cannot list versions",
        "a list of tags without end",
    ],
    requests: 1001,
    ..PUBLISH
};
