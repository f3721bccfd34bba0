//! The world, by the names in it.

/// Its name.
pub(super) const WORLD: &str = "wasi:http/middleware@0.3.3";

/// What it exports, and what every request goes to.
pub(super) const HANDLER: &str = "wasi:http/handler@0.3.3";

/// What it imports.
#[rustfmt::skip]
const IMPORTS: &[&str] = &[
    "wasi:cli/stderr@0.3.2",
    "wasi:cli/stdin@0.3.2",
    "wasi:cli/stdout@0.3.2",
    "wasi:cli/types@0.3.2",
    "wasi:clocks/monotonic-clock@0.3.2",
    "wasi:clocks/system-clock@0.3.2",
    "wasi:clocks/types@0.3.2",
    "wasi:http/client@0.3.3",
    "wasi:http/handler@0.3.3",
    "wasi:http/types@0.3.3",
    "wasi:random/insecure-seed@0.3.2",
    "wasi:random/insecure@0.3.2",
    "wasi:random/random@0.3.2",
];

/// The packages of WASI that it imports some of, and a component is given all of.
#[rustfmt::skip]
const PACKAGES: &[&str] = &[
    "wasi:cli@0.3.2",
    "wasi:clocks@0.3.2",
    "wasi:random@0.3.2",
];

/// Whether a component of the world may import this.
pub(super) fn has_import(name: &str) -> bool {
    let package = match name.split_once('/') {
        Some((package, interface)) => {
            let version = interface.find('@').map_or("", |at| &interface[at..]);
            [package, version].concat()
        }
        None => name.to_owned(),
    };
    IMPORTS.iter().any(|import| is_compatible(name, import))
        || PACKAGES.iter().any(|given| is_compatible(&package, given))
}

/// Whether two names are the same but for versions that are compatible, which those from `1.0.0`
/// to below `2.0.0` are, and those from `0.3.0` to below `0.4.0`, but no pre-release (Semantic
/// Versioning, as components are linked).
pub(super) fn is_compatible(name: &str, other: &str) -> bool {
    fn line(name: &str) -> (&str, &str) {
        let (name, version) = name.split_once('@').unwrap_or((name, ""));
        let mut dots = version.match_indices('.').map(|(at, _)| at);
        let end = if version.contains('-') || version.starts_with("0.0.") {
            None
        } else if version.starts_with("0.") {
            dots.nth(1)
        } else {
            dots.next()
        };
        (name, &version[..end.unwrap_or(version.len())])
    }
    line(name) == line(other)
}
