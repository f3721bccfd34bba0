//! The contents are not those of the digest.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| {
        if request.matches("GET", "blobs") {
            Answer::Changed(|mut answer| {
                *answer.last_mut().unwrap() ^= 1;
                answer
            })
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[wrong-digest]: cannot download 1.0.0",
        "contents changed: try again",
    ],
    requests: 2,
    ..FETCH
};
