//! Links to lines of the source.

use std::path::{Component, Path};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::SourceLinks;
use super::site::Page;
use crate::model::Position;

/// Everything but what a path may hold as it is (RFC 3986, 3.3) and what ends no Markdown link.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'@')
    .remove(b'+');

/// The link from a page to a line.
pub(super) fn href(links: &SourceLinks, page: &Page<'_>, position: &Position) -> String {
    match links {
        SourceLinks::Pattern(pattern) => {
            let file = position.file.replace('\\', "/");
            let file = encoded(file.trim_start_matches("./"));
            pattern
                .replace("{file}", &file)
                .replace("{line}", &position.line.to_string())
        }
        SourceLinks::Relative { pages, files } => {
            let page = pages.join(&page.path);
            let folder = page.parent().unwrap_or(pages);
            let path = relative(folder, &files.join(&*position.file));
            format!("{}#L{}", encoded(&path), position.line)
        }
    }
}

/// The relative path from a directory to a file; both are absolute.
fn relative(from: &Path, to: &Path) -> String {
    let (from, to) = (names(from), names(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let parts: Vec<_> = up.chain(to[common..].iter().cloned()).collect();
    parts.join("/")
}

/// The names in a path; `.` and `..` are worked out.
fn names(path: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                names.pop();
            }
            Component::CurDir | Component::RootDir => {}
            part => names.push(part.as_os_str().to_string_lossy().into_owned()),
        }
    }
    names
}

/// A path as a link holds it.
fn encoded(path: &str) -> String {
    utf8_percent_encode(path, RESERVED).to_string()
}
