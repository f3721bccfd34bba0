//! Where the lines of texts begin: found once a text, however many findings it has.

use std::collections::HashMap;
use std::marker::PhantomData;

/// The lines of texts that live as long as `'a`.
#[derive(Default)]
pub(crate) struct Lines<'a> {
    /// Where lines begin, by the text's address and length.
    starts: HashMap<(*const u8, usize), Vec<usize>>,
    texts: PhantomData<&'a str>,
}

impl<'a> Lines<'a> {
    /// Where a byte stands in a text: line and column, both from 1, the column in characters.
    pub fn position(&mut self, text: &'a str, at: usize) -> (usize, usize) {
        let key = (text.as_ptr(), text.len());
        let starts = self.starts.entry(key).or_insert_with(|| {
            let newlines = text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(newlines).collect()
        });
        let line = starts.partition_point(|start| *start <= at);
        (line, text[starts[line - 1]..at].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let (a, b) = ("ä\nb\n", "\r\nc");
        let mut lines = Lines::default();
        for (text, at, position) in [
            (a, 0, (1, 1)),
            (a, 2, (1, 2)),
            (a, 3, (2, 1)),
            (b, 2, (2, 1)),
            (a, 5, (3, 1)),
            (b, 3, (2, 2)),
        ] {
            assert_eq!(lines.position(text, at), position, "{text:?} {at}");
        }
    }
}
