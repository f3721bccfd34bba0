//! From a list of fields to a map, and back.

use witgen_runtime::guest::ErrorCode;

// The module is private in the crate.
#[path = "../guest/fields.rs"]
mod fields;

use fields::{Listed, are_equal, content_length, list, map};

fn listed(fields: &[(&str, &[u8])]) -> Listed {
    let fields = fields.iter();
    fields
        .map(|(name, value)| ((*name).to_owned(), value.to_vec()))
        .collect()
}

#[test]
fn repeated_fields_and_bytes_that_are_no_text_are_kept() {
    let fields = listed(&[
        ("set-cookie", b"b=2"),
        ("set-cookie", b"a=1"),
        ("set-cookie", b"b=2"),
        ("x-latin", b"caf\xe9"),
        ("x-empty", b""),
    ]);
    assert_eq!(list(&map(fields.clone()).unwrap()), fields);
}

#[test]
fn malformed_fields_are_an_error() {
    for (name, value) in [
        ("", "x"),
        ("a b", "x"),
        ("x", "a\r\nb"),
        ("x", "\0"),
        ("é", "x"),
    ] {
        let result = map(listed(&[(name, value.as_bytes())]));
        assert!(
            matches!(result, Err(ErrorCode::HttpProtocolError)),
            "{name:?}"
        );
    }
}

#[test]
fn more_fields_than_a_map_can_have_are_an_error() {
    let many = (0..40_000)
        .map(|n| (format!("x-{n}"), Vec::new()))
        .collect();
    assert!(map(many).is_err());
    let repeated = (0..40_000).map(|_| ("x".to_owned(), Vec::new())).collect();
    let _ = map(repeated);
}

#[test]
fn a_length_is_one_run_of_digits() {
    let length = |values: &[&'static [u8]]| {
        let fields: Vec<_> = values
            .iter()
            .map(|value| ("content-length", *value))
            .collect();
        content_length(&map(listed(&fields)).unwrap())
    };
    assert_eq!(length(&[b"42"]), Some(42));
    for values in [
        &[b"".as_slice()][..],
        &[b"+42"],
        &[b"-1"],
        &[b"42, 42"],
        &[b"42", b"42"],
        &[b"99999999999999999999999"],
        &[b"\xff"],
        &[],
    ] {
        assert_eq!(length(values), None, "{values:?}");
    }
}

#[test]
fn headers_are_equal_in_any_order_of_their_names() {
    let all = map(listed(&[
        ("a", b"1"),
        ("b", b"2"),
        ("b", b"3"),
        ("accept", b"4"),
    ]))
    .unwrap();
    for equal in [
        all.clone(),
        map(list(&all)).unwrap(),
        map(listed(&[
            ("accept", b"4"),
            ("b", b"2"),
            ("a", b"1"),
            ("b", b"3"),
        ]))
        .unwrap(),
    ] {
        assert!(are_equal(&all, &equal), "{equal:?}");
    }
    let mut changed = all.clone();
    changed.insert("a", "9".parse().unwrap());
    let mut renamed = all.clone();
    renamed.remove("a");
    renamed.insert("c", "1".parse().unwrap());
    let mut shorter = all.clone();
    shorter.remove("accept");
    let mut longer = all.clone();
    longer.append("b", "5".parse().unwrap());
    let swapped = map(listed(&[
        ("a", b"1"),
        ("b", b"3"),
        ("b", b"2"),
        ("accept", b"4"),
    ]))
    .unwrap();
    for other in [changed, renamed, shorter, longer, swapped] {
        assert!(!are_equal(&all, &other), "{other:?}");
        assert!(!are_equal(&other, &all), "{other:?}");
    }
}
