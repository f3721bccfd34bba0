//! RFCs that documentation cites, which become links to their sections.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::edit::Edits;
use crate::rfc::citations;

/// Plain text that is being read: neither code nor part of a link.
#[derive(Default)]
pub(super) struct Cited {
    /// The bytes read so far.
    read: Range<usize>,
    is_code: bool,
}

impl Cited {
    /// Reads an event. If it ends a run of plain text, the citations in that become links.
    pub fn read(
        &mut self,
        text: &str,
        event: &Event<'_>,
        range: &Range<usize>,
        is_in_link: bool,
        edits: &mut Edits,
    ) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => self.is_code = true,
            Event::End(TagEnd::CodeBlock) => self.is_code = false,
            // A citation may go over the end of a line.
            Event::SoftBreak => return,
            Event::Text(_) if !self.is_code && !is_in_link => {
                let is_next = text
                    .get(self.read.end..range.start)
                    .is_some_and(|gap| !self.read.is_empty() && gap.trim().is_empty());
                if is_next {
                    self.read.end = range.end;
                    return;
                }
                self.end(text, edits);
                self.read = range.clone();
                return;
            }
            _ => {}
        }
        self.end(text, edits);
    }

    /// Ends the run of plain text.
    pub fn end(&mut self, text: &str, edits: &mut Edits) {
        let Range { start, end } = std::mem::take(&mut self.read);
        for citation in citations(&text[start..end]) {
            let range = start + citation.range.start..start + citation.range.end;
            // Part of an address, or after these a link would be an image or a label.
            let is_part = |char: char| char.is_alphanumeric() || "/!]_-.#=&?".contains(char);
            if !text[..range.start].ends_with(is_part) {
                let cited = &text[range.clone()];
                edits.replace(range.clone(), format!("[{cited}]({})", citation.address()));
            }
        }
    }
}
