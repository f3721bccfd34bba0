//! The registry doesn't take the credentials, and doesn't say which it would take.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        proxy::answer(
            "401 Unauthorized",
            "www-authenticate: Basic realm=\"r\"\r\n",
            "",
        )
    },
    says: &[
        "error[unauthorized]",
        "`HOST` rejects the credentials from Docker's configuration",
        "`docker login HOST` stores new ones",
    ],
    ..FETCH
};
