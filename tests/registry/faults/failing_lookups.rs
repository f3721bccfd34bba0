//! The registry fails whatever it is asked: it is asked three times.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| proxy::answer("500 Internal Server Error", "", "<h1>sorry</h1>"),
    says: &[
        "error[registry-failed]",
        "`HOST` failed with status 500",
        "run the command again later",
    ],
    requests: 3,
    ..FETCH
};
