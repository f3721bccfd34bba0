//! URIs that others may read.

use std::borrow::Cow;

use http::Uri;

/// The parameters of a query whose values are secrets: those of the Semantic Conventions 1.42 ("url.full"), and those of earlier ones.
const SECRETS: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Goog-Signature",
    "sig",
];

/// Returns the parts of a URI without its user, who may have a password.
pub fn without_user(uri: &Uri) -> [&str; 4] {
    let (scheme, separator) = uri.scheme_str().map_or(("", ""), |scheme| (scheme, "://"));
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    [scheme, separator, host, path]
}

/// Returns a path and its query, with `REDACTED` in place of secrets.
pub fn redacted(target: &str) -> Cow<'_, str> {
    let is_secret = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(name, _)| SECRETS.contains(&name))
    };
    match target.split_once('?') {
        Some((path, query)) if query.split('&').any(is_secret) => {
            let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
                Some((name, _)) if is_secret(parameter) => Cow::Owned(format!("{name}=REDACTED")),
                _ => Cow::Borrowed(parameter),
            });
            let parameters: Vec<_> = parameters.collect();
            Cow::Owned(format!("{path}?{}", parameters.join("&")))
        }
        _ => Cow::Borrowed(target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_shown_without_its_user() {
        for (uri, shown) in [
            ("http://a.example/b?c=d", "http://a.example/b?c=d"),
            (
                "https://user:secret@a.example:8443/",
                "https://a.example:8443/",
            ),
            ("http://a.example/user@b", "http://a.example/user@b"),
            ("/b", "/b"),
            ("a.example:80", "a.example:80"),
        ] {
            assert_eq!(without_user(&uri.parse().unwrap()).concat(), shown);
        }
    }

    #[test]
    fn secrets_of_a_query_are_redacted() {
        for (target, shown) in [
            (
                "/a?sig=1&b=2&Signature=3",
                "/a?sig=REDACTED&b=2&Signature=REDACTED",
            ),
            (
                "/?X-Goog-Signature=&AWSAccessKeyId=a=b",
                "/?X-Goog-Signature=REDACTED&AWSAccessKeyId=REDACTED",
            ),
            (
                "/sig=1?a&sig&signature=2&sigs=3",
                "/sig=1?a&sig&signature=2&sigs=3",
            ),
            (
                "/?X-Amz-Credential=1&X-Amz-Signature=2",
                "/?X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED",
            ),
            (
                "/?X-Amz-Security-Token=1",
                "/?X-Amz-Security-Token=REDACTED",
            ),
            ("/", "/"),
        ] {
            assert_eq!(redacted(target), shown);
        }
    }
}
