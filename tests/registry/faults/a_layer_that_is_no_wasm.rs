//! Contents that are what the digest says, and no package.

use super::*;

/// SHA-256 of `no wasm`.
const DIGEST: &str = "d4e41b7845a814b24e98134c6383005bfffdc76f85340e8cba421f19270caa1d";

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("GET", "manifests") {
            let manifest = format!(
                r#"{{"schemaVersion": 2, "config": {{"mediaType": "a/b", "digest": "sha256:0", "size": 1}},
                "layers": [{{"mediaType": "application/wasm", "digest": "sha256:{DIGEST}", "size": 7}}]}}"#
            );
            proxy::answer("200 OK", "", &manifest)
        } else {
            proxy::answer("200 OK", "", "no wasm")
        }
    },
    says: &[
        "error[not-a-component]",
        "it is not WebAssembly",
        "acme:units@1.0.0",
    ],
    requests: 2,
    ..FETCH
};
