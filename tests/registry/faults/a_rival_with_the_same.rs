//! Somebody else publishes the same contents at the same moment, in a manifest of their own: that is the
//! same version.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, before| {
        if before > 9 && request.matches("GET", "manifests") {
            Answer::Changed(|answer| {
                let text = String::from_utf8(proxy::body(&answer).to_vec()).unwrap();
                let theirs =
                    text.replacen("\"annotations\":{", "\"annotations\":{\"theirs\":\"1\",", 1);
                assert_ne!(text, theirs);
                proxy::with_body(&answer, theirs.as_bytes())
            })
        } else {
            Answer::Own
        }
    },
    end: End::Recovers,
    ..PUBLISH
};
