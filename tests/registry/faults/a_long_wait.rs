//! The registry has had too much, and asks to come back in an hour: nobody waits so long.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| proxy::answer("429 Too Many Requests", "retry-after: 3600\r\n", ""),
    says: &["error[rate-limited]", "`HOST` requests a delay of 3600 s"],
    requests: 1,
    ..FETCH
};
