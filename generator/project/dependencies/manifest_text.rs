//! Edits of `[dependencies]` in the text of a manifest; the rest stays byte for byte as it was.

use toml_edit::{DocumentMut, InlineTable, Item, Table, Value};

const SECTION: &str = "dependencies";

/// The value of a dependency.
pub(super) struct Entry<'a> {
    pub requirement: Option<&'a str>,
    pub path: Option<&'a str>,
}

/// Adds a dependency. Sorted entries stay sorted; the section is added at the end if there is none. Returns nothing if the text
/// isn't TOML, or the section isn't a table.
pub(super) fn with_dependency(text: &str, package: &str, entry: &Entry<'_>) -> Option<String> {
    edited(text, |document| {
        let section = document.entry(SECTION).or_insert_with(|| Item::Table(Table::new()));
        let section = section.as_table_like_mut()?;
        let was_sorted = section.iter().map(|(key, _)| key).is_sorted();
        section.insert(package, Item::Value(value(entry)));
        if was_sorted {
            section.sort_values();
        }
        if let Some(inline) = document.get_mut(SECTION).and_then(Item::as_inline_table_mut) {
            inline.fmt();
        }
        Some(())
    })
}

/// Removes a dependency. Returns nothing if there is none.
pub(super) fn without_dependency(text: &str, package: &str) -> Option<String> {
    edited(text, |document| {
        let section = document.get_mut(SECTION)?.as_table_like_mut()?;
        section.remove(package).map(drop)
    })
}

fn value(entry: &Entry<'_>) -> Value {
    match (entry.requirement, entry.path) {
        (Some(requirement), None) => requirement.into(),
        (requirement, path) => {
            let mut table = InlineTable::new();
            let fields = [("path", path), ("version", requirement)];
            for (key, value) in fields {
                if let Some(value) = value {
                    table.insert(key, value.into());
                }
            }
            table.into()
        }
    }
}

/// Edits a text, and keeps its line endings.
fn edited(text: &str, edit: impl FnOnce(&mut DocumentMut) -> Option<()>) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    edit(&mut document)?;
    let edited = document.to_string();
    let has_crlf = text.contains("\r\n");
    Some(if has_crlf {
        edited.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        edited
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const CLOCKS: Entry<'_> = Entry {
        requirement: Some("0.3"),
        path: None,
    };

    fn added(text: &str) -> String {
        with_dependency(text, "wasi:clocks", &CLOCKS).unwrap()
    }

    #[test]
    fn a_dependency_is_added_and_the_rest_stays_as_it_was() {
        for (before, after) in [
            ("", "[dependencies]\n\"wasi:clocks\" = \"0.3\"\n"),
            (
                "# ours\nwit = 'wit'   # here\n",
                "# ours\nwit = 'wit'   # here\n\n[dependencies]\n\"wasi:clocks\" = \"0.3\"\n",
            ),
            (
                "[dependencies]\n\"a:b\"   = \"1\" # first\n# the last\n'z:z' = { path = '../z' }\n\n[docs]\nout = 'spec'\n",
                "[dependencies]\n\"a:b\"   = \"1\" # first\n\"wasi:clocks\" = \"0.3\"\n# the last\n'z:z' = { path = '../z' }\n\n[docs]\nout = 'spec'\n",
            ),
            (
                "[dependencies]\n\"z:z\" = \"1\"\n\"a:b\" = \"1\"\n",
                "[dependencies]\n\"z:z\" = \"1\"\n\"a:b\" = \"1\"\n\"wasi:clocks\" = \"0.3\"\n",
            ),
            (
                "wit = 'wit'\r\n\r\n[[relation]]\r\nsame-shape = ['a', 'b']\r\n",
                "wit = 'wit'\r\n\r\n[[relation]]\r\nsame-shape = ['a', 'b']\r\n\r\n[dependencies]\r\n\"wasi:clocks\" = \"0.3\"\r\n",
            ),
            (
                "dependencies = { \"a:b\" = \"1\" }\n",
                "dependencies = { \"a:b\" = \"1\", \"wasi:clocks\" = \"0.3\" }\n",
            ),
        ] {
            assert_eq!(added(before), after);
            assert_eq!(without_dependency(after, "a:c"), None);
        }
    }

    #[test]
    fn a_dependency_is_removed_and_the_rest_stays_as_it_was() {
        let text = "[dependencies]\n# first\n\"a:b\" = \"1\"   # why\n'z:z' = { path = '../z' }\n";
        assert_eq!(
            without_dependency(&added(text), "wasi:clocks").unwrap(),
            text
        );
        assert_eq!(
            without_dependency(text, "z:z").unwrap(),
            "[dependencies]\n# first\n\"a:b\" = \"1\"   # why\n"
        );
    }

    #[test]
    fn paths_are_inline_tables() {
        let entry = Entry {
            requirement: Some("1"),
            path: Some("../types"),
        };
        let text = with_dependency("", "acme:types", &entry).unwrap();
        assert_eq!(
            text,
            "[dependencies]\n\"acme:types\" = { path = \"../types\", version = \"1\" }\n"
        );
    }
}
