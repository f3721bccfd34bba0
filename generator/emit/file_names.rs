//! Names of files that are called after items.

use std::collections::HashSet;

/// File names without their ending, which may not be what a file system or mdBook keeps for itself.
pub(super) fn file_names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    let free = |name: &str| {
        let mut candidate = name.to_lowercase();
        while is_reserved(&candidate) || !taken.insert(candidate.clone()) {
            candidate.push_str("-2");
        }
        candidate
    };
    names.map(free).collect()
}

/// A device of Windows, or what mdBook makes an index of.
fn is_reserved(name: &str) -> bool {
    let is_port = |prefix| {
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest: &str| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(name, "readme" | "index" | "con" | "prn" | "aux" | "nul")
        || is_port("com")
        || is_port("lpt")
}
