//! Documentation as it stands on a page: names and cited RFCs are links, headings stand below those of the page.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Parser, Tag, TagEnd};

use super::cited::Cited;
use super::harmless::{dialect, harmless};
use crate::edit::Edits;

/// The replacement of an author's link.
pub(super) enum Destination {
    /// It stays.
    Kept,
    /// It leads elsewhere.
    Moved(String),
    /// Its text stays, and leads nowhere.
    Dropped,
}

/// The treatment of names and links on a page.
pub(super) trait Rules {
    /// Returns the link for a name in backticks at this byte of the text.
    fn name(&mut self, name: &str, at: usize) -> Option<String>;

    /// The replacement of an author's link.
    fn link(&mut self, destination: &str, at: usize) -> Destination;
}

/// Where the text will stand.
pub(super) struct Place<'a> {
    /// The level that its highest heading gets, from 1.
    pub level: usize,
    /// Distinguishes its footnotes from those of other texts on the page.
    pub label: &'a str,
}

/// A link that is being read.
struct Open {
    range: Range<usize>,
    kind: LinkType,
    destination: String,
    title: String,
    is_image: bool,
    /// Where the text in it ends, as far as it was read.
    text_end: usize,
}

/// The maximum number of passes over a text. Each change may reveal another link or definition, but nesting is never an
/// accident.
const MAX_PASSES: usize = 8;

pub(super) fn rewrite(text: &str, place: &Place<'_>, rules: &mut impl Rules) -> String {
    let text = without_dropped_links(Cow::Borrowed(text), rules);
    let parser = Parser::new_ext(&text, dialect()).into_offset_iter();
    let events: Vec<_> = parser.collect();
    let highest = events
        .iter()
        .filter_map(|(event, _)| match event {
            Event::Start(Tag::Heading { level, .. }) => Some(*level as usize),
            _ => None,
        })
        .min()
        .unwrap_or(1);

    let mut edits = Edits::default();
    let mut links = Links::default();
    let mut cited = Cited::default();
    let mut depth = 0;
    for (event, range) in events {
        if let Some(link) = links.read(&event, &range) {
            close(&text, &link, rules, &mut edits);
        }
        let is_in_link = !links.open.is_empty();
        cited.read(&text, &event, &range, is_in_link, &mut edits);
        match event {
            Event::Start(tag) => {
                match tag {
                    Tag::Heading { level, .. } => {
                        let level = (level as usize - highest + place.level).min(6);
                        let marks = text[range.clone()].bytes().take_while(|b| *b == b'#').count();
                        edits.replace(range.start..range.start + marks, "#".repeat(level));
                    }
                    Tag::CodeBlock(CodeBlockKind::Fenced(_)) if depth == 0 => {
                        if let Some(end) = missing_fence(&text, &range) {
                            edits.insert(text.len(), end);
                        }
                    }
                    Tag::FootnoteDefinition(_) => edits.insert(range.start + 2, mark(place.label)),
                    _ => {}
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Code(name) if links.open.is_empty() => {
                if let Some(href) = rules.name(&name, range.start) {
                    let bracketed = with_brackets(&text, &range);
                    let code = &text[range];
                    edits.replace(bracketed, format!("[{code}]({})", destination(&href, "")));
                }
            }
            Event::FootnoteReference(_) => edits.insert(range.start + 2, mark(place.label)),
            _ => {}
        }
    }
    cited.end(&text, &mut edits);
    with_own_definitions(edits.apply(&text), place.label)
}

/// The text without links and without references to footnotes.
pub(super) fn unlinked(text: Cow<'_, str>) -> Cow<'_, str> {
    struct Unlinked;
    impl Rules for Unlinked {
        fn name(&mut self, _: &str, _: usize) -> Option<String> {
            None
        }

        fn link(&mut self, _: &str, _: usize) -> Destination {
            Destination::Dropped
        }
    }
    if !text.contains(['[', '<']) {
        return text;
    }
    let mut edits = Edits::default();
    for (event, range) in Parser::new_ext(&text, dialect()).into_offset_iter() {
        if let Event::FootnoteReference(_) = event {
            edits.replace(range, "");
        }
    }
    let text = if edits.is_empty() {
        text
    } else {
        Cow::Owned(harmless(&edits.apply(&text)).into_owned())
    };
    without_dropped_links(text, &mut Unlinked)
}

/// Takes the links out that lead nowhere, and leaves their text.
fn without_dropped_links<'t>(text: Cow<'t, str>, rules: &mut impl Rules) -> Cow<'t, str> {
    if !text.contains(['[', '<']) {
        return text;
    }
    let mut text = text;
    for _ in 0..MAX_PASSES {
        let mut edits = Edits::default();
        let mut links = Links::default();
        for (event, range) in Parser::new_ext(&text, dialect()).into_offset_iter() {
            let Some(link) = links.read(&event, &range) else {
                continue;
            };
            let (start, end) = (link.range.start, link.end_of_text(&text));
            if !matches!(rules.link(&link.destination, start), Destination::Dropped) {
                continue;
            }
            match end {
                Some(end) => {
                    edits.replace(start..start + 1 + usize::from(link.is_image), "");
                    edits.replace(end..link.range.end, "");
                }
                None => edits.replace(start..start + 1, "&lt;"),
            }
        }
        if edits.is_empty() {
            return text;
        }
        // Without its brackets, what is left may be code, and what was code may be HTML.
        text = Cow::Owned(harmless(&edits.apply(&text)).into_owned());
    }
    Cow::Owned(text.replace('[', r"\["))
}

/// Makes the labels of references unique to the text, because a page has one list of them for all its texts. No text refers to
/// them afterwards, but removing them could change the meaning of the lines around them.
fn with_own_definitions(text: String, label: &str) -> String {
    if !text.contains("]:") {
        return text;
    }
    let mut text = text;
    let mark = mark(label);
    // Of two definitions of one label only the first is read as one, until it has another label.
    for _ in 0..MAX_PASSES {
        let parser = Parser::new_ext(&text, dialect()).into_offset_iter();
        let mut edits = Edits::default();
        for (label, definition) in parser.reference_definitions().iter() {
            let start = definition.span.start;
            if let Some(at) = text[definition.span.clone()].find('[')
                && !label.to_lowercase().starts_with(&mark.to_lowercase())
            {
                edits.insert(start + at + 1, mark.as_str());
            }
        }
        if edits.is_empty() {
            return text;
        }
        text = edits.apply(&text);
    }
    text.replace("]:", r"]\:")
}

/// The links that are being read, from the outermost.
#[derive(Default)]
struct Links {
    open: Vec<Open>,
}

impl Links {
    /// Takes an event, and returns the link that it ends.
    fn read(&mut self, event: &Event<'_>, range: &Range<usize>) -> Option<Open> {
        // The end of a link has the range of the whole link.
        if let (false, Some(link)) = (matches!(event, Event::End(_)), self.open.last_mut()) {
            link.text_end = link.text_end.max(range.end);
        }
        let (link_type, dest_url, title, is_image) = match event {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            }) => (link_type, dest_url, title, false),
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                title,
                ..
            }) => (link_type, dest_url, title, true),
            Event::End(TagEnd::Link | TagEnd::Image) => return self.open.pop(),
            _ => return None,
        };
        let open = Open::of(range.clone(), *link_type, dest_url, title, is_image);
        self.open.push(open);
        None
    }
}

impl Open {
    fn of(range: Range<usize>, kind: LinkType, url: &str, title: &str, is_image: bool) -> Self {
        Open {
            text_end: range.start + 1 + usize::from(is_image),
            range,
            kind,
            destination: url.to_owned(),
            title: title.to_owned(),
            is_image,
        }
    }

    /// Where the text of the link ends and its address or label begins; none for `<https://…>`.
    fn end_of_text(&self, text: &str) -> Option<usize> {
        let range = self.range.clone();
        match self.kind {
            LinkType::Shortcut => Some(range.end - 1),
            // A label holds no bracket.
            LinkType::Reference | LinkType::Collapsed => {
                text[range.clone()].rfind("][").map(|at| range.start + at)
            }
            LinkType::Inline => {
                let rest = &text[self.text_end..range.end];
                rest.find(']').map(|at| self.text_end + at)
            }
            _ => None,
        }
    }
}

/// Finishes a link: a reference gets its address, and what leads elsewhere from this page another.
fn close(text: &str, link: &Open, rules: &mut impl Rules, edits: &mut Edits) {
    let Some(end) = link.end_of_text(text) else {
        return;
    };
    let moved = match rules.link(&link.destination, link.range.start) {
        Destination::Moved(href) => href,
        Destination::Kept if link.kind != LinkType::Inline => link.destination.clone(),
        Destination::Kept | Destination::Dropped => return,
    };
    let moved = destination(&moved, &link.title);
    edits.replace(end..link.range.end, format!("]({moved})"));
}

/// Returns an address and a title in the form of a link's parentheses.
fn destination(href: &str, title: &str) -> String {
    let is_plain = !href.is_empty() && !href.contains([' ', '(', ')', '<', '>', '\n', '\\', '|']);
    let href = if is_plain {
        href.to_owned()
    } else {
        format!(
            "<{}>",
            href.replace('<', "%3C").replace('>', "%3E").replace('|', "%7C")
        )
    };
    match title {
        "" => href,
        title => {
            let title = title.replace('\\', r"\\").replace('"', "\\\"").replace('|', r"\|");
            format!("{href} \"{}\"", title.replace('\n', " "))
        }
    }
}

/// The brackets around a name, as rustdoc writes links, belong to it.
fn with_brackets(text: &str, range: &Range<usize>) -> Range<usize> {
    let before = text[..range.start].ends_with('[') && !text[..range.start].ends_with("\\[");
    let after = text[range.end..].starts_with(']');
    if before && after {
        range.start - 1..range.end + 1
    } else {
        range.clone()
    }
}

fn mark(label: &str) -> String {
    format!("{label}-")
}

/// Returns the end of a fenced code block that is open until the end of the text.
fn missing_fence(text: &str, range: &Range<usize>) -> Option<String> {
    if range.end < text.trim_end().len() {
        return None;
    }
    // Text after a closed block is a block of its own.
    let followed = format!("{}\n\nx", &text[range.clone()]);
    let mut events = Parser::new_ext(&followed, dialect());
    let is_closed = events.any(|event| matches!(event, Event::Start(Tag::Paragraph)));
    let character = followed.chars().next()?;
    let length = followed.chars().take_while(|c| *c == character).count();
    let fence: String = std::iter::repeat_n(character, length).collect();
    (!is_closed).then(|| format!("\n{fence}"))
}
