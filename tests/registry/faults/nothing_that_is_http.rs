//! What listens there is something else.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| Answer::Instead(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()),
    says: &[
        "error[not-a-registry]",
        "what answers at `HOST` doesn't speak HTTP",
        "is the port right",
    ],
    requests: 1,
    ..FETCH
};
