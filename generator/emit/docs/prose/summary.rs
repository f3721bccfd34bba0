//! The first sentence of a text, and the terms that a text defines.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::harmless::dialect;

/// Words that end in a full stop and end no sentence.
const ABBREVIATIONS: &[&str] = &["e.g", "i.e", "cf", "vs", "etc", "approx", "resp"];

/// A term and its definition in a text.
pub(super) struct Definition {
    pub term: String,
    pub text: String,
}

/// The first sentence of the first paragraph, on one line; nothing if there is no paragraph.
pub(super) fn first_sentence(text: &str) -> Option<String> {
    let mut paragraph: Option<Range<usize>> = None;
    let mut depth = 0;
    for (event, range) in Parser::new_ext(text, dialect()).into_offset_iter() {
        match event {
            Event::Start(Tag::Paragraph) if depth == 0 && paragraph.is_none() => {
                paragraph = Some(range);
            }
            Event::Start(_) => depth += 1,
            Event::End(TagEnd::Paragraph) if depth == 0 => break,
            Event::End(_) => depth -= 1,
            Event::Text(_) if depth == 0 && paragraph.is_some() => {
                let start = paragraph.as_ref().map_or(0, |paragraph| paragraph.start);
                if let Some(end) = sentence_end(text, &range) {
                    return Some(on_one_line(&text[start..end]));
                }
            }
            _ => {}
        }
    }
    paragraph.map(|range| on_one_line(&text[range]))
}

/// Whether a text can follow another paragraph on the same line. It must begin with a paragraph, and must not turn the line
/// before it into a heading or a table's head.
pub(in super::super) fn continues_a_paragraph(text: &str) -> bool {
    let first = Parser::new_ext(text, dialect()).into_offset_iter().next();
    // A definition of a reference may come before it.
    let is_paragraph = |(event, range): (Event<'_>, Range<usize>)| {
        matches!(event, Event::Start(Tag::Paragraph)) && range.start == 0
    };
    first.is_some_and(is_paragraph)
        && text.starts_with(|c: char| c.is_alphanumeric() || "`[(*_\"'&".contains(c))
}

/// Where a sentence ends in a piece of text: behind a full stop that a space follows.
fn sentence_end(text: &str, range: &Range<usize>) -> Option<usize> {
    let piece = &text[range.clone()];
    let stops = piece.match_indices(['.', '?', '!']);
    let mut ends = stops.map(|(at, _)| range.start + at + 1);
    ends.find(|end| {
        text[*end..].starts_with(char::is_whitespace) && !is_abbreviation(&text[..end - 1])
    })
}

/// Whether the last word of a text is an abbreviation.
fn is_abbreviation(text: &str) -> bool {
    ABBREVIATIONS.iter().any(|word| {
        let before = text.strip_suffix(word);
        before.is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '.'))
    })
}

/// The terms that a text defines: a paragraph or an item of a list that begins with a word in bold
/// or in italics and a colon.
pub(super) fn definitions(text: &str) -> Vec<Definition> {
    let mut definitions = Vec::new();
    let mut emphasis: Option<Range<usize>> = None;
    let mut term: Option<(Range<usize>, usize)> = None;
    let mut at_start = false;
    let mut end = 0;
    let finish =
        |term: &mut Option<(Range<usize>, usize)>, end: usize, definitions: &mut Vec<_>| {
            if let Some((term, from)) = term.take() {
                let definition = on_one_line(&text[from..end.max(from)]);
                let term = on_one_line(text[term].trim_matches(['*', '_', ':']));
                if !definition.is_empty() && !term.is_empty() {
                    definitions.push(Definition {
                        term,
                        text: definition,
                    });
                }
            }
        };
    for (event, range) in Parser::new_ext(text, dialect()).into_offset_iter() {
        match event {
            Event::Start(Tag::Paragraph | Tag::Item) => {
                finish(&mut term, end, &mut definitions);
                at_start = true;
                continue;
            }
            Event::Start(Tag::Strong | Tag::Emphasis) if at_start => {
                let is_with_colon = text[range.clone()].trim_end_matches(['*', '_']).ends_with(':');
                if is_with_colon {
                    term = Some((range.clone(), range.end));
                }
                emphasis = Some(range.clone());
            }
            Event::Text(_) if emphasis.as_ref().is_some_and(|e| e.end == range.start) => {
                let head = emphasis.take().expect("it is there");
                if text[range.clone()].starts_with(':') && term.is_none() {
                    term = Some((head, range.start + 1));
                }
            }
            Event::Start(Tag::List(_)) | Event::End(TagEnd::Paragraph | TagEnd::Item) => {
                finish(&mut term, end, &mut definitions);
            }
            _ => {}
        }
        at_start = false;
        end = range.end;
    }
    finish(&mut term, end, &mut definitions);
    definitions
}

/// Markdown of one paragraph on one line, as the cell of a table holds it.
fn on_one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // GitHub Flavored Markdown, 4.10: a pipe in a cell is escaped, in code too.
    line.replace(r"\|", "|").replace('|', r"\|")
}
