//! The manifest is not that of the digest which the registry says.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("GET", "manifests") {
            Answer::Changed(|answer| {
                let text = String::from_utf8(answer).unwrap();
                text.replace("units.wasm", "Units.wasm").into_bytes()
            })
        } else {
            Answer::Own
        }
    },
    says: &["error[wrong-digest]: cannot look up 1.0.0"],
    requests: 1,
    ..FETCH
};
