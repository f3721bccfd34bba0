//! A layer whose digest is a path out of the cache.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("GET", "manifests") {
            proxy::answer(
                "200 OK",
                "",
                r#"{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "sha256:0", "size": 1},
            "layers": [{"mediaType": "application/wasm", "digest": "sha256:../../../app/wit/deps/x", "size": 9,
            "annotations": {"org.opencontainers.image.title": "../../../app/wit/deps/x"}}]}"#,
            )
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[invalid-answer]",
        "a layer without a digest of SHA-256",
    ],
    requests: 1,
    ..FETCH
};
