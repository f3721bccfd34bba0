//! Changes to a text that leave the rest of it as it was.

use std::ops::Range;

/// Replacements by their place in the text.
#[derive(Default)]
pub(crate) struct Edits {
    edits: Vec<(Range<usize>, String)>,
}

impl Edits {
    pub fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.edits.push((range, with.into()));
    }

    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The changed text. Of two changes to one place the one that begins first is made.
    pub fn apply(mut self, text: &str) -> String {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut changed = String::with_capacity(text.len() + 16 * self.edits.len());
        let mut done = 0;
        for (range, with) in self.edits {
            if range.start < done {
                continue;
            }
            changed.push_str(&text[done..range.start]);
            changed.push_str(&with);
            done = range.end;
        }
        changed.push_str(&text[done..]);
        changed
    }
}
