//! A list of versions that never ends, and grows with each page.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, before| {
        if request.target.contains("tags") {
            let tags =
                (0..4000).map(|n| format!("\"0.{before}.{n}\"")).collect::<Vec<_>>().join(", ");
            let next = format!("link: <list?n=1000&last={before}>; rel=\"next\"\r\n");
            proxy::answer("200 OK", &next, &format!("{{\"tags\": [{tags}]}}"))
        } else {
            Answer::Own
        }
    },
    says: &[
        "error[invalid-answer]: cannot list versions",
        "a list of tags without end",
    ],
    requests: 40,
    ..PUBLISH
};
