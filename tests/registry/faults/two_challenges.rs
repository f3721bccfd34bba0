//! The registry asks in two fields, of which we know the second.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| match request.field("authorization") {
        "basic bwu6c2vzyw1l" => Answer::Own,
        _ => {
            let fields = "www-authenticate: Negotiate\r\nwww-authenticate: Basic realm=\"r\"\r\n";
            proxy::answer("401 Unauthorized", fields, "")
        }
    },
    end: End::Recovers,
    ..FETCH
};
