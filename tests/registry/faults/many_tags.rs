//! A list of versions that never ends, and grows with each page.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, before| match request.target.contains("tags") {
        true => {
            let tags = (0..4000).map(|n| format!("\"0.{before}.{n}\""));
            let tags = tags.collect::<Vec<_>>().join(", ");
            let next = format!("link: <list?n=1000&last={before}>; rel=\"next\"\r\n");
            proxy::answer("200 OK", &next, &format!("{{\"tags\": [{tags}]}}"))
        }
        false => Answer::Own,
    },
    says: &[
        "error[invalid-answer]: cannot list versions",
        "a list of tags without end",
    ],
    requests: 40,
    ..PUBLISH
};
