//! Documentation as Markdown that cannot reach beyond its own place on a page.

use std::borrow::Cow;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::edit::Edits;

/// The maximum number of searches for HTML. Removed HTML may hide more of it, but nesting is never an accident.
const MAX_PASSES: usize = 8;

/// The Markdown that code hosts and mdBook read.
pub(in super::super) fn dialect() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
}

/// The text without control characters, with HTML shown as text, and with all headings in one form.
pub(super) fn harmless(docs: &str) -> Cow<'_, str> {
    let mut text = without_controls(docs);
    if text.contains('<') {
        text = without_html(text);
    }
    let mut lines = text.lines().map(|line| line.trim_start_matches([' ', '\t', '>']));
    if lines.any(|line| line.starts_with(['=', '-'])) {
        text = without_underlines(text);
    }
    text
}

fn without_controls(docs: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !docs.contains(is_control) {
        return Cow::Borrowed(docs);
    }
    let docs = docs.replace("\r\n", "\n");
    Cow::Owned(docs.replace(is_control, "\u{FFFD}"))
}

fn without_html(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut text = text;
    for _ in 0..MAX_PASSES {
        let mut edits = Edits::default();
        let mut in_code = false;
        for (event, range) in Parser::new_ext(&text, dialect()).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_code = true,
                Event::End(TagEnd::CodeBlock) => in_code = false,
                _ => {}
            }
            let is_html = matches!(event, Event::Html(_) | Event::InlineHtml(_));
            if !is_html && !matches!(event, Event::Text(_)) {
                continue;
            }
            for (at, _) in text[range.clone()].match_indices('<') {
                let at = range.start + at;
                // Text may become HTML after a change of the text around it.
                let rest =
                    text[at + 1..].starts_with(|c: char| c.is_alphabetic() || "/!?".contains(c));
                if is_html || (rest && !text[..at].ends_with('\\') && !in_code) {
                    edits.replace(at..at + 1, "&lt;");
                }
            }
        }
        if edits.is_empty() {
            return text;
        }
        text = Cow::Owned(edits.apply(&text));
    }
    Cow::Owned(text.replace('<', "&lt;"))
}

/// Turns headings that are underlined into those that begin with `#`.
fn without_underlines(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut edits = Edits::default();
    for (event, range) in Parser::new_ext(&text, dialect()).into_offset_iter() {
        let Event::Start(Tag::Heading { level, .. }) = event else {
            continue;
        };
        let source = &text[range.clone()];
        let mut lines: Vec<&str> = source.trim_end().lines().collect();
        if lines.len() < 2 {
            continue;
        }
        lines.pop();
        let words = lines.iter().map(|line| line.trim_start_matches(['>', ' ', '\t']).trim_end());
        let title = words.collect::<Vec<_>>().join(" ");
        let marks = if level == HeadingLevel::H1 { "#" } else { "##" };
        // A trailing `#` of a title would count as a part of the marks.
        let end = if title.ends_with('#') { " #" } else { "" };
        let newline = if source.ends_with('\n') { "\n" } else { "" };
        edits.replace(range, format!("{marks} {title}{end}{newline}"));
    }
    if edits.is_empty() {
        text
    } else {
        Cow::Owned(edits.apply(&text))
    }
}
