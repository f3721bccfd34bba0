//! The registry takes the request, and then nothing comes.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |_, _| Answer::Silence(Duration::from_secs(5)),
    says: &[
        "error[registry-too-slow]",
        "`HOST` sent nothing for 1 s",
        "`--timeout SECONDS`",
    ],
    requests: 1,
    ..FETCH
};
