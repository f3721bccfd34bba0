//! URIs that others may read.

use http::Uri;

/// Returns the parts of a URI without its user, who may have a password.
pub fn without_user(uri: &Uri) -> [&str; 4] {
    let (scheme, separator) = uri.scheme_str().map_or(("", ""), |scheme| (scheme, "://"));
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    [scheme, separator, host, path]
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
}
