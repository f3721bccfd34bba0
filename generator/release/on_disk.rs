//! Places in planned texts, as places in the files that are on the disk.

use std::path::Path;
use std::sync::Arc;

use similar::{DiffTag, TextDiff};

use super::location::Files;
use super::texts::Texts;
use crate::diagnostic::{Diagnostic, Place, Position, SourceFile};

/// Returns a finding about planned texts with the places in the files that people have.
pub(super) fn on_disk(finding: Diagnostic, texts: &Texts, edited: &Files) -> Diagnostic {
    finding.map_places(|place| match place {
        Place::Source(position) => before(&position, texts, edited).unwrap_or(position).into(),
        place => place,
    })
}

/// Returns a position in the text before; none unless the position is in a text that was edited.
fn before(position: &Position, texts: &Texts, edited: &Files) -> Option<Position> {
    let path = Path::new(&**position.path());
    let new = edited.get(path).filter(|text| *text == position.file().text())?;
    let old = texts.text(path)?;
    let range = position.range();
    let start = offset_before(old, new, range.start);
    let end = match range.is_empty() {
        true => start,
        false => offset_before(old, new, range.end - 1) + 1,
    };
    let file = Arc::new(SourceFile::new(position.path().clone(), old.clone()));
    Some(Position::new(file, start..end.max(start)))
}

/// Returns where a byte of a text was before the text was edited.
fn offset_before(old: &str, new: &str, at: usize) -> usize {
    let diff = TextDiff::from_lines(old, new);
    walk(&diff, at, |old, new, at| {
        // Edits remove lines above those that they change.
        let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
        let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
        let removed = old_lines.len().saturating_sub(new_lines.len());
        let mut done = (length(&old_lines[..removed]), 0);
        for (old, new) in old_lines[removed..].iter().zip(&new_lines) {
            if at < done.1 + new.len() {
                let diff = TextDiff::from_chars(*old, *new);
                let in_line = walk(&diff, at - done.1, |old, _, at| at.min(old.len()));
                return done.0 + in_line;
            }
            done = (done.0 + old.len(), done.1 + new.len());
        }
        done.0
    })
}

/// Finds a byte of the new text in a difference. `in_change` returns where it was in a part that changes.
fn walk(
    diff: &TextDiff<'_, '_, str>,
    at: usize,
    in_change: impl Fn(&str, &str, usize) -> usize,
) -> usize {
    let (mut old_done, mut new_done) = (0, 0);
    for op in diff.ops() {
        let old: String = op.old_range().filter_map(|index| diff.old_slice(index)).collect();
        let new: String = op.new_range().filter_map(|index| diff.new_slice(index)).collect();
        if at < new_done + new.len() {
            let at = at - new_done;
            let in_part = match op.tag() {
                DiffTag::Equal => at,
                _ => in_change(&old, &new, at),
            };
            return old_done + in_part;
        }
        old_done += old.len();
        new_done += new.len();
    }
    old_done
}

fn length(tokens: &[&str]) -> usize {
    tokens.iter().map(|token| token.len()).sum()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn bytes_are_found_where_they_were_before_the_edits() {
        let old = "package a:b@0.9.0;\n\
                   interface i {\n  // @stabilize-next\n  @unstable(feature = x) f: func(a: ü);\n  g: func();\n}\n";
        let new = "package a:b@0.10.0;\n\
                   interface i {\n  @since(version = 0.10.0) f: func(a: ü);\n  g: func();\n}\n";
        for part in ["interface", "f: func", "ü", "g: func", "}"] {
            let expected = old.find(part).unwrap();
            let found = offset_before(old, new, new.find(part).unwrap());
            assert_eq!(found, expected, "{part}");
        }
        let gate = offset_before(old, new, new.find("@since").unwrap());
        assert_eq!(gate, old.find("@unstable").unwrap());
    }
}
