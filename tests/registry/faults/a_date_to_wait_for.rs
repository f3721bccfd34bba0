//! The registry asks to come back on a day to come.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        let date = "retry-after: Tue, 31 Dec 2199 23:59:59 GMT\r\n";
        proxy::answer("429 Too Many Requests", date, "")
    },
    says: &["error[rate-limited]", "`HOST` requests a delay of "],
    requests: 1,
    ..FETCH
};
