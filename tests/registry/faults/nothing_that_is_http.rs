//! What listens there is something else.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| Answer::Instead(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()),
    says: &[
        "error[not-a-registry]",
        "`HOST` did not respond with HTTP",
        "check the port",
    ],
    requests: 1,
    ..FETCH
};
