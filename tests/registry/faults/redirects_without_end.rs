//! The registry sends from here to here.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        let location = format!("location: {}\r\n", request.target);
        proxy::answer("307 Temporary Redirect", &location, "")
    },
    says: &["error[invalid-answer]", "`HOST` redirects without end"],
    requests: 7,
    ..FETCH
};
