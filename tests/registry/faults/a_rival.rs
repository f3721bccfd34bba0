//! Somebody else publishes other contents at the same moment, and comes last.

use super::*;

/// What is under the tag, as a rival has put it there.
const RIVAL: &str = r#"{"schemaVersion": 2, "config": {"mediaType": "application/vnd.wasm.config.v0+json",
"digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111", "size": 1},
"layers": [{"mediaType": "application/wasm", "size": 1,
"digest": "sha256:2222222222222222222222222222222222222222222222222222222222222222"}]}"#;

pub(super) const CASE: Case = Case {
    rule: |request, before| {
        if before > 9 && request.matches("GET", "manifests") {
            proxy::answer("200 OK", "", RIVAL)
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[already-published]: in the meantime, another publisher has published other contents as 1.0.0",
        "sha256:2222",
        "publish this with another version",
    ],
    end: End::FailsWhole,
    ..PUBLISH
};
