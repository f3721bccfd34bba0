//! Documentation in generated Rust, which generators copy into comments and string literals unchanged.

use std::collections::HashSet;
use std::fmt::Write as _;

use wit_parser::{Docs, Resolve, Type, TypeDefKind, TypeId, WorldItem};

use crate::names::unaliased;

/// Makes documentation text that Rust and WIT can have. Packages that other programs encoded have any.
pub(in crate::emit) fn make_docs_printable(resolve: &mut Resolve) {
    for docs in all_docs(resolve) {
        if let Some(text) = &docs.contents
            && !is_printable(text)
        {
            docs.contents = Some(printable(text));
        }
    }
    escape_docs_of_errors(resolve);
}

fn is_printable(text: &str) -> bool {
    !text.contains('\r') && !text.chars().any(is_refused)
}

/// Breaks lines by line feeds alone, and writes characters as their numbers where Rust or WIT refuses them.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").replace('\r', "\n").chars() {
        if is_refused(c) {
            let _ = write!(printable, "{}", c.escape_unicode());
        } else {
            printable.push(c);
        }
    }
    printable
}

/// Whether Rust or WIT refuses a character in a comment: it is invisible, changes the direction of text, or is
/// deprecated in Unicode.
fn is_refused(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{149}' | '\u{673}' | '\u{f77}' | '\u{f79}' => true,
        '\u{17a3}' | '\u{17a4}' | '\u{17b4}' | '\u{17b5}' => true,
        c => c.is_control(),
    }
}

/// Returns the documentation of all items.
pub(in crate::emit) fn all_docs(resolve: &mut Resolve) -> Vec<&mut Docs> {
    let mut all = Vec::new();
    all.extend(resolve.packages.iter_mut().map(|(_, package)| &mut package.docs));
    for (_, world) in resolve.worlds.iter_mut() {
        all.push(&mut world.docs);
        for item in world.imports.values_mut().chain(world.exports.values_mut()) {
            match item {
                WorldItem::Function(function) => all.push(&mut function.docs),
                WorldItem::Interface { docs, .. } => all.push(docs),
                WorldItem::Type { .. } => {}
            }
        }
    }
    for (_, interface) in resolve.interfaces.iter_mut() {
        all.push(&mut interface.docs);
        all.extend(interface.functions.values_mut().map(|function| &mut function.docs));
    }
    for (_, ty) in resolve.types.iter_mut() {
        all.push(&mut ty.docs);
        match &mut ty.kind {
            TypeDefKind::Record(of) => {
                all.extend(of.fields.iter_mut().map(|field| &mut field.docs))
            }
            TypeDefKind::Variant(of) => all.extend(of.cases.iter_mut().map(|case| &mut case.docs)),
            TypeDefKind::Enum(of) => all.extend(of.cases.iter_mut().map(|case| &mut case.docs)),
            TypeDefKind::Flags(of) => all.extend(of.flags.iter_mut().map(|flag| &mut flag.docs)),
            _ => {}
        }
    }
    all
}

/// Escapes quotes and backslashes in the documentation of an enum's cases where it is a function's error.
///
/// Generators copy that text into string literals unchanged. Markdown renders the same either way.
fn escape_docs_of_errors(resolve: &mut Resolve) {
    let errors: HashSet<TypeId> = resolve
        .types
        .iter()
        .filter_map(|(_, ty)| match &ty.kind {
            TypeDefKind::Result(result) => result.err,
            _ => None,
        })
        .filter_map(|ty| match ty {
            Type::Id(id) => Some(unaliased(resolve, id)),
            _ => None,
        })
        .collect();
    for id in errors {
        let TypeDefKind::Enum(of) = &mut resolve.types[id].kind else {
            continue;
        };
        for docs in of.cases.iter_mut().map(|case| &mut case.docs) {
            docs.contents = docs
                .contents
                .as_deref()
                .map(|text| text.replace('\\', "\\\\").replace('"', "\\\""));
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn lines_and_refused_characters_become_text() {
        assert_eq!(
            printable("a\r\nb\rc\0\u{202e}d\te"),
            "a\nb\nc\\u{0}\\u{202e}d\te"
        );
    }
}
