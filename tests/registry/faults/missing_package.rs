//! There is no such repository.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| {
        proxy::answer(
            "404 Not Found",
            "",
            r#"{"errors": [{"code": "NAME_UNKNOWN", "message": "no such repository"}]}"#,
        )
    },
    says: &[
        "error[not-in-registry]: `HOST` has no package `acme:units`",
        "some registries report private packages as missing: try `docker login`",
    ],
    ..FETCH
};
