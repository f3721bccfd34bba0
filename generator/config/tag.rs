//! The pattern of tags: `v{version}`.

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::names::suggest;

/// The placeholders of a pattern.
const PLACEHOLDERS: [&str; 3] = ["version", "name", "namespace"];

/// Rejects a pattern that is the same for every version, and one with placeholders that stand for nothing.
pub(super) fn require_placeholders(pattern: &str, place: Place) -> Result<()> {
    let invalid =
        |message: String| Diagnostic::error(codes::INVALID_CONFIG, message).at(place.clone());
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let opened = rest[at..].strip_prefix('{').and_then(|it| it.split_once('}'));
        let Some((name, after)) = opened else {
            let message =
                format!("`tag` of `[release]` is `{pattern}`, with a brace that has no other");
            return Err(invalid(message).help("write placeholders as in `v{version}`").into());
        };
        if !PLACEHOLDERS.contains(&name) {
            let message = format!("`tag` of `[release]` has the unknown placeholder `{{{name}}}`");
            let help = suggest(name, "placeholders", &PLACEHOLDERS);
            return Err(invalid(message).help(help).into());
        }
        rest = after;
    }
    if pattern.starts_with('-') {
        let message = format!("`tag` of `[release]` is `{pattern}`; no tag of git begins with `-`");
        return Err(invalid(message).help("put a letter before it: `v{version}`").into());
    }
    if !pattern.contains("{version}") {
        let message = format!("`tag` of `[release]` is `{pattern}`, the same for every version");
        return Err(invalid(message).help("add `{version}`: `v{version}`").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known_and_complete() {
        let is_accepted =
            |pattern: &str| require_placeholders(pattern, Place::argument("tag")).is_ok();
        for right in ["v{version}", "{namespace}-{name}/{version}"] {
            assert!(is_accepted(right), "{right}");
        }
        for wrong in [
            "",
            "v",
            "{nope}-v{version}",
            "-{version}",
            "{}{version}",
            "{version",
            "{version}}",
            "{{version}}",
        ] {
            assert!(!is_accepted(wrong), "{wrong}");
        }
    }
}
