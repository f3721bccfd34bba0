//! The paths of routes.

use std::borrow::Cow;

/// Returns a path as routes compare it. Another spelling of a path must not lead around the chain that guards it:
/// percent-encoded unreserved characters are decoded (RFC 3986, section 6.2.2.2), and dot segments removed (section
/// 5.2.4). Empty segments don't count, because many servers ignore them. The component receives the path as the client
/// sent it.
///
/// ```
/// use witgen::chain_file::normalized_path;
///
/// assert_eq!(normalized_path("/x/../%61pi"), "/api");
/// ```
pub fn normalized_path(path: &str) -> Cow<'_, str> {
    let is_normal = !path.contains('%') && !path.contains("/.") && !path.contains("//");
    if is_normal || !path.starts_with('/') {
        return path.into();
    }
    let decoded = decoded(path);
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    format!("/{}", segments.join("/")).into()
}

/// Decodes percent-encoded characters that have no meaning of their own.
fn decoded(path: &str) -> String {
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let digits = after.get(..2).filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                decoded.push(char::from(byte));
                rest = &after[2..];
            }
            Some(byte) => {
                decoded.push_str(&format!("%{byte:02X}"));
                rest = &after[2..];
            }
            None => {
                decoded.push('%');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_of_a_path_is_the_same_path() {
        for (path, normalized) in [
            ("/", "/"),
            ("/api/items", "/api/items"),
            ("/%61pi", "/api"),
            ("/%2561pi", "/%2561pi"),
            ("/a%2fb", "/a%2Fb"),
            ("/x/../api", "/api"),
            ("/x/%2e%2E/api", "/api"),
            ("/../api", "/api"),
            ("//api", "/api"),
            ("/./api/", "/api"),
            ("/.well-known", "/.well-known"),
            ("/%", "/%"),
            ("/%zz", "/%zz"),
            ("/%c3%a4", "/%C3%A4"),
            ("*", "*"),
        ] {
            assert_eq!(normalized_path(path), normalized, "{path}");
        }
    }
}
