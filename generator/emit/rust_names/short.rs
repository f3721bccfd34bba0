//! Short names in a front door, for items with long paths in the bindings.

use std::collections::{HashMap, HashSet};

use wit_parser::WorldKey;

/// An item of the bindings under a short name.
pub(in crate::emit) struct Reexport {
    /// Its full name in WIT.
    pub id: String,
    /// Its path inside the bindings: `exports::wasi::http::handler`.
    pub path: String,
    /// Its name in the front door: `Handler` for a trait, `handler` for a module.
    pub name: String,
    /// Whether the short name differs from the last part of the path.
    pub is_renamed: bool,
}

/// An item of the bindings that needs a short name.
pub(in crate::emit) struct Named {
    /// Its full name in WIT.
    pub id: String,
    /// Its path inside the bindings.
    pub path: String,
    /// Its possible names, from the shortest to the longest.
    pub names: Vec<String>,
}

/// Returns the possible names of an interface, from the shortest to the longest. `modules` contain the
/// interface, from the innermost to the outermost.
pub(in crate::emit) fn short_to_long<'a>(
    key: &WorldKey,
    name: &str,
    modules: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    match key {
        WorldKey::Name(name) => vec![name.clone(), format!("inline-{name}")],
        WorldKey::Interface(_) => {
            let mut names = vec![name.to_owned()];
            for module in modules {
                names.push(format!("{module}-{}", names[names.len() - 1]));
            }
            names
        }
    }
}

/// Gives every item the shortest of its names that no other item has and that isn't reserved. Two
/// items never share a name.
pub(in crate::emit) fn reexports(
    items: Vec<Named>,
    case: impl Fn(&str) -> String,
    reserved: &[impl AsRef<str>],
) -> Vec<Reexport> {
    let names = short_names(items.iter().map(|item| &item.names), case, reserved);
    items
        .into_iter()
        .zip(names)
        .map(|(item, name)| Reexport {
            id: item.id,
            is_renamed: item.path.rsplit("::").next() != Some(&name),
            path: item.path,
            name,
        })
        .collect()
}

fn short_names<'a>(
    items: impl Iterator<Item = &'a Vec<String>>,
    case: impl Fn(&str) -> String,
    reserved: &[impl AsRef<str>],
) -> Vec<String> {
    let candidates: Vec<Vec<String>> =
        items.map(|names| names.iter().map(|name| case(name)).collect()).collect();
    let mut claims: HashMap<&str, usize> = HashMap::new();
    for name in candidates.iter().flatten() {
        *claims.entry(name).or_default() += 1;
    }
    let is_reserved = |name: &str| reserved.iter().any(|taken| taken.as_ref() == name);
    let mut given: HashSet<String> = HashSet::new();
    candidates
        .iter()
        .map(|names| {
            let free = names.iter().find(|name| claims[name.as_str()] == 1 && !is_reserved(name));
            let mut name = free.or(names.last()).cloned().unwrap_or_default();
            // Another one may be called so in full: `a:b/c@1.0.0` and `a:b1-0-0/c`.
            while is_reserved(&name) || !given.insert(name.clone()) {
                name.push('_');
            }
            name
        })
        .collect()
}
