//! Short names in a front door, for what has long ones in the bindings.

use std::collections::HashMap;

/// Something in the bindings under a short name.
pub(super) struct Reexport {
    /// Its full name in WIT.
    pub id: String,
    /// Its path inside the bindings: `exports::wasi::http::handler`.
    pub path: String,
    /// Its name in the front door: `Handler` for a trait, `handler` for a module.
    pub name: String,
    /// Whether the short name differs from the last part of the path.
    pub is_renamed: bool,
}

/// The shortest name of each item that no other item has and that isn't reserved; two items never
/// share one. Each item comes with its names from the shortest to the longest.
pub(super) fn short_names<'a>(
    items: impl Iterator<Item = &'a Vec<String>>,
    case: impl Fn(&str) -> String,
    reserved: &[&str],
) -> Vec<String> {
    let candidates: Vec<Vec<String>> = items
        .map(|names| names.iter().map(|name| case(name)).collect())
        .collect();
    let mut claims: HashMap<&str, usize> = HashMap::new();
    for name in candidates.iter().flatten() {
        *claims.entry(name).or_default() += 1;
    }
    candidates
        .iter()
        .map(|names| {
            let free = names
                .iter()
                .find(|name| claims[name.as_str()] == 1 && !reserved.contains(&name.as_str()));
            free.or(names.last()).cloned().unwrap_or_default()
        })
        .collect()
}
