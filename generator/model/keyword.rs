//! Words that WIT keeps for itself.

use std::borrow::Cow;

/// The keywords of WIT (`keyword` in its grammar) and those of its built-in types.
pub(crate) const KEYWORDS: &[&str] = &[
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "error-context",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
];

/// Whether a word is a keyword, so that a name needs a `%` before it.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

/// A name as WIT writes it: `%type` for one that is a keyword otherwise.
pub(crate) fn escaped(name: &str) -> Cow<'_, str> {
    if is_keyword(name) {
        Cow::Owned(format!("%{name}"))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_names_only_with_a_percent_sign() {
        assert!(KEYWORDS.is_sorted());
        for keyword in KEYWORDS {
            let with = |name: &str| format!("package a:b; interface i {{ {name}: func(); }}");
            let mut resolve = wit_parser::Resolve::default();
            assert!(
                resolve.push_str("a.wit", &with(keyword)).is_err(),
                "{keyword}"
            );
            let mut resolve = wit_parser::Resolve::default();
            resolve.push_str("a.wit", &with(&escaped(keyword))).unwrap();
        }
    }
}
