//! A page of HTML, as of a network that wants to be paid first.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        proxy::answer(
            "200 OK",
            "content-type: text/html\r\n",
            "<!doctype html><h1>Welcome</h1>",
        )
    },
    says: &[
        "error[invalid-answer]",
        "no manifest of a package",
        "check that this is a registry",
    ],
    requests: 1,
    ..FETCH
};
