//! The registry sends the upload, and the credentials with it, to another host.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("POST", "uploads") {
            proxy::answer("202 Accepted", "location: http://127.0.0.1:9/v2/x\r\n", "")
        } else {
            Answer::Own
        }
    },
    says: &["`HOST` redirects requests that carry credentials to another host"],
    ..PUBLISH
};
