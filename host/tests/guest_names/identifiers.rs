//! Identifiers of generated Rust, as names in WIT.

use std::collections::BTreeSet;

/// Names with a meaning in Rust or in a crate with glue, whether or not generated code uses them.
const OTHERS: &str = "abstract alloc as async await become bindings bool box break char clone component const continue \
    copy core crate debug default do drop dyn else enum eq err exports extern false final fn for from \
    from-handle future gen guest handle hash host http i32 if impl in into iterator let loop macro match \
    mod move mut new none ok option ord override priv pub ref resource result return rt runtime self \
    send sized some static std str string struct super sync t take-handle testing to-string trait true \
    try type typeof u8 unsafe unsized use vec virtual where while wit-bindgen";

/// Names in kebab case.
pub struct Names {
    /// Those of functions, variables and modules.
    pub values: Vec<String>,
    /// Those of types.
    pub types: Vec<String>,
}

impl Names {
    /// Returns the identifiers in texts of Rust, and others that have a meaning. Numbers at their ends don't matter.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let code: String = texts.into_iter().map(code).collect();
        let is_inside = |c: char| c == '_' || c.is_ascii_alphanumeric();
        let (types, values): (Vec<&str>, Vec<&str>) = code
            .split(|c| !is_inside(c))
            .filter(|identifier| !identifier.ends_with(|c: char| c.is_ascii_digit()))
            .partition(|identifier| {
                identifier.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase())
            });
        Names {
            values: distinct(values),
            types: distinct(types),
        }
    }
}

/// Returns Rust without its comments and strings.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    if c == '\\' {
                        chars.next();
                    }
                }
            }
            '/' if chars.peek() == Some(&'/') => while chars.next().is_some_and(|c| c != '\n') {},
            _ => code.push(c),
        }
    }
    code
}

/// Returns identifiers and the others in kebab case, each once. Names that differ in hyphens only are the same.
fn distinct(identifiers: Vec<&str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let others = OTHERS.split_whitespace().map(str::to_owned);
    let names = others.chain(identifiers.into_iter().map(kebab));
    names
        .filter(|name| is_name(name) && seen.insert(name.replace('-', "")))
        .collect()
}

/// Returns an identifier of any case in kebab case.
fn kebab(identifier: &str) -> String {
    let mut kebab = String::new();
    let mut before = '_';
    for c in identifier.trim_matches('_').chars() {
        if c == '_'
            || (c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()))
        {
            kebab.push('-');
        }
        if c != '_' {
            kebab.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    kebab
}

/// Whether a name can be one in WIT.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(|word| !word.is_empty())
}

/// Returns a function's or field's name in Rust, if it is no keyword.
pub fn rust_ident(name: &str) -> String {
    name.replace('-', "_")
}
