//! Placeholders: names that stand for others while wit-bindgen makes Rust, and that are replaced in what
//! it makes.
//!
//! wit-bindgen makes the names of Rust out of those of WIT, which also go into the names that a component
//! is linked by. A placeholder has all of wit-bindgen's spellings apart: `witgen-n7z` in the name of an
//! import, `witgen_n7z` of a function, `WitgenN7z` of a type, `WITGEN_N7Z` of a flag. So each becomes the
//! name in WIT where components are linked, and a name of our choice in Rust.

use wit_parser::{Resolve, TypeDefKind, WorldItem};

use crate::emit::rust_names::all_docs;

/// Placeholders and what they stand for.
pub(super) struct Placeholders {
    /// The first word of each, which no name and no documentation of the package contains.
    mark: String,
    names: Vec<Replaced>,
}

/// The meaning of a placeholder.
struct Replaced {
    wit: String,
    rust: String,
}

/// The spellings of a placeholder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Kebab,
    Snake,
    Camel,
    Shouty,
}

const SPELLINGS: [Spelling; 4] = [
    Spelling::Kebab,
    Spelling::Snake,
    Spelling::Camel,
    Spelling::Shouty,
];

impl Placeholders {
    /// Returns no placeholders, to add some that are in no name and no documentation of the items.
    pub fn new(resolve: &mut Resolve) -> Self {
        let docs: Vec<String> =
            all_docs(resolve).into_iter().filter_map(|docs| docs.contents.clone()).collect();
        let texts: Vec<String> =
            names(resolve).iter().chain(&docs).map(|text| text.to_lowercase()).collect();
        let mut mark = "witgen".to_owned();
        while texts.iter().any(|text| text.contains(&mark)) {
            mark.push('x');
        }
        Placeholders {
            mark,
            names: Vec::new(),
        }
    }

    /// Adds a placeholder for a name in WIT whose name in Rust is `rust`, and returns it.
    pub fn add(&mut self, wit: &str, rust: impl Into<String>) -> String {
        self.names.push(Replaced {
            wit: wit.to_owned(),
            rust: rust.into(),
        });
        // The last letter makes it no beginning of another one.
        format!("{}-n{}z", self.mark, self.names.len() - 1)
    }

    /// Replaces the placeholders in a text with the names that they stand for.
    ///
    /// In snake case, placeholders stay inside of longer names: those are of hidden functions, macros and
    /// variables, which must not become the same as others.
    pub fn replace_in(&self, text: &str) -> String {
        if self.names.is_empty() {
            return text.to_owned();
        }
        let mut replaced = String::with_capacity(text.len());
        let mut end = 0;
        for (start, spelling) in self.found_in(text) {
            let Some((name, length)) = self.read(&text[start..], spelling) else {
                continue;
            };
            replaced.push_str(&text[end..start]);
            end = start + length;
            let is_inside =
                text[..start].ends_with(is_identifier) || text[end..].starts_with(is_identifier);
            replaced.push_str(match spelling {
                Spelling::Kebab => &name.wit,
                Spelling::Snake if is_inside => &text[start..end],
                _ => &name.rust,
            });
        }
        replaced.push_str(&text[end..]);
        replaced
    }

    /// Returns where a text has the beginnings of placeholders, in order.
    fn found_in(&self, text: &str) -> Vec<(usize, Spelling)> {
        let mut found: Vec<_> = SPELLINGS
            .into_iter()
            .flat_map(|spelling| {
                let prefix = spelling.prefix(&self.mark);
                let starts: Vec<_> = text.match_indices(&prefix).map(|(start, _)| start).collect();
                starts.into_iter().map(move |start| (start, spelling))
            })
            .collect();
        found.sort_by_key(|(start, _)| *start);
        found
    }

    /// Reads the placeholder that a text begins with, if it is one, and returns its length too.
    fn read(&self, text: &str, spelling: Spelling) -> Option<(&Replaced, usize)> {
        let number = &text[spelling.prefix(&self.mark).len()..];
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        if !number[digits..].starts_with(['z', 'Z']) {
            return None;
        }
        let name = self.names.get(number[..digits].parse::<usize>().ok()?)?;
        Some((name, text.len() - number.len() + digits + 1))
    }
}

impl Spelling {
    /// Returns what is in front of a placeholder's number.
    fn prefix(self, mark: &str) -> String {
        match self {
            Spelling::Kebab => format!("{mark}-n"),
            Spelling::Snake => format!("{mark}_n"),
            Spelling::Camel => format!("{}{}N", mark[..1].to_uppercase(), &mark[1..]),
            Spelling::Shouty => format!("{}_N", mark.to_uppercase()),
        }
    }
}

fn is_identifier(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

/// Returns every name that wit-bindgen may write.
fn names(resolve: &Resolve) -> Vec<String> {
    let mut names = Vec::new();
    for (_, package) in resolve.packages.iter() {
        names.push(package.name.namespace.clone());
        names.push(package.name.name.clone());
    }
    for (_, world) in resolve.worlds.iter() {
        names.push(world.name.clone());
        let items = world.imports.keys().chain(world.exports.keys());
        names.extend(items.map(|key| resolve.name_world_key(key)));
        for item in world.imports.values().chain(world.exports.values()) {
            if let WorldItem::Function(function) = item {
                names.extend(function.params.iter().map(|param| param.name.clone()));
            }
        }
    }
    for (_, interface) in resolve.interfaces.iter() {
        names.extend(interface.name.clone());
        for function in interface.functions.values() {
            names.push(function.item_name().to_owned());
            names.extend(function.params.iter().map(|param| param.name.clone()));
        }
    }
    for (_, ty) in resolve.types.iter() {
        names.extend(ty.name.clone());
        match &ty.kind {
            TypeDefKind::Record(of) => {
                names.extend(of.fields.iter().map(|field| field.name.clone()))
            }
            TypeDefKind::Variant(of) => names.extend(of.cases.iter().map(|case| case.name.clone())),
            TypeDefKind::Enum(of) => names.extend(of.cases.iter().map(|case| case.name.clone())),
            TypeDefKind::Flags(of) => names.extend(of.flags.iter().map(|flag| flag.name.clone())),
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn placeholders() -> Placeholders {
        let mut placeholders = Placeholders::new(&mut Resolve::default());
        placeholders.add("t", "TType");
        placeholders.add("handle", "handle_");
        placeholders
    }

    #[test]
    fn each_spelling_becomes_the_name_in_wit_or_in_rust() {
        let text =
            "\"[method]witgen-n0z.witgen-n1z\" WitgenN0z GuestWitgenN0z witgen_n1z WITGEN_N0Z";
        assert_eq!(
            placeholders().replace_in(text),
            "\"[method]t.handle\" TType GuestTType handle_ TType"
        );
    }

    #[test]
    fn hidden_names_keep_their_placeholders() {
        let text = "_export_witgen_n1z_cabi witgen_n1z12";
        assert_eq!(placeholders().replace_in(text), text);
    }

    #[test]
    fn other_names_stay_as_they_are() {
        let text = "witgen witgen_name WitgenN witgen-n99z";
        assert_eq!(placeholders().replace_in(text), text);
    }
}
