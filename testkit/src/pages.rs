//! Reads pages as a code host does, and reports what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Options, Parser, Tag};

/// Pages by their paths.
pub type Pages = BTreeMap<String, String>;

/// What one page holds, as CommonMark has it.
#[derive(Default)]
pub struct Read {
    /// The ids of `<a id="…">`.
    pub anchors: Vec<String>,
    /// The addresses of links, Markdown's and HTML's.
    pub links: Vec<String>,
    /// Headings with their levels, without marks.
    pub headings: Vec<(usize, String)>,
    /// Faults of the page itself.
    pub faults: Vec<String>,
}

/// The tags that pages use, without attributes.
const OWN_TAGS: &[&str] = &["a", "code", "pre", "details", "summary"];

fn dialect() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
}

/// Reads a page.
pub fn read(text: &str) -> Read {
    let mut page = Read::default();
    let mut open: Vec<String> = Vec::new();
    let mut heading = None;
    for event in Parser::new_ext(text, dialect()) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => page.html(&html, &mut open),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                if dest_url.to_lowercase().starts_with("javascript:") {
                    page.faults.push(format!("a script: {dest_url}"));
                }
                page.links.push(dest_url.to_string());
            }
            Event::Start(Tag::Heading { level, .. }) => {
                heading = Some((level as usize, String::new()));
            }
            Event::End(pulldown_cmark::TagEnd::Heading(_)) => page.headings.extend(heading.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    if !open.is_empty() {
        page.faults.push(format!("left open: {}", open.join(", ")));
    }
    let distinct: BTreeSet<_> = page.anchors.iter().collect();
    if distinct.len() < page.anchors.len() {
        page.faults.push("an anchor stands twice".to_owned());
    }
    // Ours begin a line; one that a text has swallowed is not read as HTML any more.
    let lines = text.lines().map(|line| line.trim_start_matches("- "));
    let written = lines.filter(|line| line.starts_with("<a id=")).count();
    if written != page.anchors.len() {
        let read = page.anchors.len();
        page.faults.push(format!(
            "{written} anchors are written, and {read} are read"
        ));
    }
    page
}

impl Read {
    fn html(&mut self, html: &str, open: &mut Vec<String>) {
        for piece in html.split('<').skip(1) {
            let Some((tag, _)) = piece.split_once('>') else {
                self.faults.push(format!("unfinished HTML: <{piece}"));
                continue;
            };
            let (name, attribute) = tag.split_once(' ').unwrap_or((tag, ""));
            let (name, is_end) = match name.strip_prefix('/') {
                Some(name) => (name, true),
                None => (name, false),
            };
            if !OWN_TAGS.contains(&name) {
                self.faults.push(format!("HTML of somebody else: <{tag}>"));
            }
            let value = attribute.split('"').nth(1).unwrap_or_default().to_owned();
            match attribute.split('=').next() {
                Some("id") if name == "a" => self.anchors.push(value),
                Some("href") if name == "a" => self.links.push(value),
                Some("class") if name == "code" && value == "language-wit" => {}
                Some("") => {}
                _ => self.faults.push(format!("an attribute of somebody else: <{tag}>")),
            }
            match is_end {
                false => open.push(name.to_owned()),
                true if open.last().is_some_and(|last| last == name) => {
                    open.pop();
                }
                true => self.faults.push(format!("<{tag}> closes nothing")),
            }
        }
    }
}

/// Reports all faults of a set of pages, including links without a target.
pub fn faults(pages: &Pages) -> Vec<String> {
    let read: BTreeMap<&str, Read> = pages
        .iter()
        .filter(|(path, _)| path.ends_with(".md"))
        .map(|(path, text)| (path.as_str(), read(text)))
        .collect();
    let mut faults = Vec::new();
    for (path, page) in &read {
        faults.extend(page.faults.iter().map(|fault| format!("{path}: {fault}")));
        for link in page.links.iter().filter(|link| is_internal(link)) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = join(path, file);
            match read.get(target.as_str()) {
                // What stands above the pages is the source.
                None if target.starts_with("../") => {}
                // A picture.
                None if pages.contains_key(&target) => {}
                None => faults.push(format!("{path}: no page for {link}")),
                Some(page) if anchor.is_empty() || page.anchors.iter().any(|a| a == anchor) => {}
                Some(_) => faults.push(format!("{path}: no anchor for {link}")),
            }
        }
    }
    faults
}

fn is_internal(link: &str) -> bool {
    let scheme = link.split_once(':').map(|(scheme, _)| scheme);
    // RFC 3986, 3.1
    let is_scheme =
        |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    !link.starts_with("//") && !scheme.is_some_and(is_scheme)
}

/// The path that a relative link leads to.
fn join(from: &str, link: &str) -> String {
    if link.is_empty() {
        return from.to_owned();
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
