//! The registry sends a download to another host, which asks for the credentials: it doesn't get them, and
//! isn't taken for the registry.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        let host = request.field("host");
        let port = host.rsplit(':').next().unwrap();
        if request.matches("GET", "/stolen") && request.field("authorization").is_empty() {
            let challenge = format!(
                "www-authenticate: Bearer realm=\"http://localhost:{port}/token\"\r\nwww-authenticate: Basic realm=\"r\"\r\n"
            );
            proxy::answer("401 Unauthorized", &challenge, "")
        } else if request.matches("GET", "blobs") && host.starts_with("127.") {
            // The same port by another name is another host.
            let location = format!("location: http://localhost:{port}/stolen\r\n");
            proxy::answer("307 Temporary Redirect", &location, "")
        } else if request.target.contains("token") || request.matches("GET", "/stolen") {
            panic!("the thief got something: {request:?}")
        } else if request.field("authorization").is_empty() {
            proxy::answer(
                "401 Unauthorized",
                "www-authenticate: Basic realm=\"r\"\r\n",
                "",
            )
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[invalid-answer]",
        "`HOST` redirects to another server that requires its own credentials",
    ],
    ..FETCH
};
