//! The identifier by which clients, load balancers and servers name a request: `x-request-id`.

use http::header::{HeaderMap, HeaderName, HeaderValue};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer identifiers are replaced.
const MAX_LENGTH: usize = 128;

/// Sets the identifier of a request to its number, unless the request has an identifier of visible ASCII characters.
pub(super) fn complete(headers: &mut HeaderMap, number: &str) {
    let mut values = headers.get_all(REQUEST_ID).iter();
    let is_kept = match (values.next(), values.next()) {
        (Some(id), None) => is_valid(id.as_bytes()),
        _ => false,
    };
    // A number consists of visible characters.
    if !is_kept && let Ok(number) = HeaderValue::from_str(number) {
        headers.insert(REQUEST_ID, number);
    }
}

fn is_valid(id: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(ids: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for id in ids {
            headers.append(REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).unwrap());
        }
        complete(&mut headers, "9");
        let ids = headers.get_all(REQUEST_ID).iter();
        ids.map(|id| id.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn only_one_valid_identifier_is_kept() {
        let (longest, too_long) = ("a".repeat(128), "a".repeat(129));
        for (ids, expected) in [
            (&["f3-1"][..], "f3-1"),
            (&[&longest], &longest),
            (&[], "9"),
            (&[""], "9"),
            (&["a b"], "9"),
            (&["größe"], "9"),
            (&[&too_long], "9"),
            (&["a", "b"], "9"),
        ] {
            assert_eq!(completed(ids), [expected], "{ids:?}");
        }
    }
}
