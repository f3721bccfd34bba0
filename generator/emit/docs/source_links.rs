//! Links to lines of the source.

use std::cell::RefCell;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::SourceLinks;
use super::site::Page;
use crate::model::Position;
use crate::paths::relative;

/// Everything but what a path may hold as it is (RFC 3986, 3.3) and what ends no Markdown link.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'@')
    .remove(b'+');

/// Links to lines, which makes the part that all lines of a file share once for each page.
pub(super) struct LineLinks<'a> {
    links: Option<&'a SourceLinks>,
    last: RefCell<Option<Stem>>,
}

/// The link from a page to a file, with `{line}` for the line.
struct Stem {
    page: usize,
    file: Arc<str>,
    pattern: String,
}

impl<'a> LineLinks<'a> {
    pub fn new(links: Option<&'a SourceLinks>) -> Self {
        let last = RefCell::new(None);
        LineLinks { links, last }
    }

    /// Returns the link from a page to a line, if links are enabled.
    pub fn href(&self, at: usize, page: &Page<'_>, position: &Position) -> Option<String> {
        let links = self.links?;
        let mut last = self.last.borrow_mut();
        let known =
            last.take_if(|stem| stem.page == at && Arc::ptr_eq(&stem.file, position.path()));
        let stem = known.unwrap_or_else(|| Stem {
            page: at,
            file: position.path().clone(),
            pattern: pattern(links, page, position.path()),
        });
        let href = stem.pattern.replace("{line}", &position.line().to_string());
        *last = Some(stem);
        Some(href)
    }
}

/// The link from a page to a file, with `{line}` for the line.
fn pattern(links: &SourceLinks, page: &Page<'_>, file: &str) -> String {
    match links {
        SourceLinks::Pattern(pattern) => {
            let file = file.replace('\\', "/");
            let file = encoded(file.trim_start_matches("./"));
            pattern.replace("{file}", &file)
        }
        SourceLinks::Relative { pages, files } => {
            let page = pages.join(&page.path);
            let folder = page.parent().unwrap_or(pages);
            let path = relative(folder, &files.join(file));
            encoded(&path) + "#L{line}"
        }
    }
}

/// A path as a link holds it.
fn encoded(path: &str) -> String {
    utf8_percent_encode(path, RESERVED).to_string()
}
