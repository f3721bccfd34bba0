//! The registry takes tokens: the token server gets the credentials, and the registry the token.

use super::*;

pub(super) const CASE: Case = Case {
    rule: |request, _| match request.target.starts_with("/token") {
        true => {
            assert!(request.target.contains("scope=repository%3Aacme%2Funits%3Apull%2Cpush"));
            assert!(request.fields.contains("authorization: basic bwu6c2vzyw1l"));
            proxy::answer("200 OK", "", r#"{"token": "a-token-for-an-hour"}"#)
        }
        false if request.fields.contains("authorization: bearer a-token-for-an-hour") => {
            Answer::Own
        }
        false => {
            let host = request.fields.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
            let challenge =
                format!("www-authenticate: Bearer realm=\"http://{host}/token\",service=\"s\"\r\n");
            proxy::answer("401 Unauthorized", &challenge, "")
        }
    },
    end: End::Recovers,
    ..PUBLISH
};
