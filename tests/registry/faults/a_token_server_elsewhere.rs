//! The registry names a token server at another host, without TLS: it gets nothing.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        let challenge =
            "www-authenticate: Bearer realm=\"http://127.0.0.2:9/token\",service=\"s\"\r\n";
        proxy::answer("401 Unauthorized", challenge, "")
    },
    says: &[
        "error[invalid-answer]",
        "a request for credentials, to be sent without TLS to another host",
    ],
    requests: 1,
    ..FETCH
};
