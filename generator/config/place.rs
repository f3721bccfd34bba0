//! Where keys of a `witgen.toml` are.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Place, Position, SourceFile};

/// Returns the place of a key, given the tables around it: `["lint", "rules", "docs-missing"]`. A key that the text doesn't
/// have is at the last table that the text has.
pub(crate) fn place_of(file: &Arc<SourceFile>, keys: &[&str]) -> Place {
    match range_of(file.text(), keys) {
        Some(range) => Place::Source(Position::new(file.clone(), range)),
        None => Place::Path(file.path().to_string()),
    }
}

fn range_of(text: &str, keys: &[&str]) -> Option<Range<usize>> {
    let root = DeTable::parse(text).ok()?;
    let mut table = root.get_ref();
    let mut found = None;
    for key in keys {
        let Some((name, value)) = find(table, key) else {
            break;
        };
        found = Some(name.span());
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    found
}

fn find<'t, 'i>(
    table: &'t DeTable<'i>,
    key: &str,
) -> Option<(
    &'t Spanned<std::borrow::Cow<'i, str>>,
    &'t Spanned<DeValue<'i>>,
)> {
    table.iter().find(|(name, _)| name.get_ref() == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_its_table_and_a_missing_one_at_the_table_around_it() {
        let text = "wit = 'wit'\n[lint.rules]\n\"docs-missing\" = 'off'\n";
        let at = |keys: &[&str]| range_of(text, keys).map(|range| &text[range]);
        assert_eq!(at(&["wit"]), Some("wit"));
        assert_eq!(
            at(&["lint", "rules", "docs-missing"]),
            Some("\"docs-missing\"")
        );
        assert_eq!(at(&["lint", "baseline"]), Some("lint"));
        assert_eq!(at(&["docs"]), None);
    }
}
