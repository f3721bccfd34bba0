//! The registry repeats the password in a header: as the place of a redirect, and in one that isn't HTTP.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, before| {
        after_login(request, || match before % 2 {
            0 => proxy::answer("307 Temporary Redirect", "location: ftp://sesame/\r\n", ""),
            _ => Answer::Instead(b"HTTP/1.1 200 OK\r\nsesame\x01: a\r\n\r\n".to_vec()),
        })
    },
    says: &["error["],
    ..FETCH
};
