//! The files that mdBook needs to build a book of the pages.

use askama::Template;

use super::options::{Book, MERMAID};
use super::site::{INDEX, Site, Subject};
use crate::fileset::FileSet;

/// The digest of the script at [`MERMAID`]: browsers run nothing else (W3C Subresource Integrity).
const MERMAID_INTEGRITY: &str =
    "sha384-zkWMJO4sgpPUzyuOgDx8HB/K55glbAwajEpk1Go2NWRuPkPA/wIhoEJTuSkmOYrV";

#[derive(Template)]
#[template(path = "docs/book/book.toml", escape = "none")]
struct Settings<'a> {
    title: &'a str,
    /// Folders of index pages: mdBook gives these another name, and leaves links to them as they are.
    folders: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "docs/book/SUMMARY.md", escape = "none")]
struct Summary<'a> {
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    /// Spaces before it: a dependency's pages stand under its index.
    indent: &'static str,
    name: &'a str,
    path: &'a str,
}

#[derive(Template)]
#[template(path = "docs/book/mermaid.js", escape = "none")]
struct Loader<'a> {
    /// As strings of JavaScript.
    address: String,
    integrity: Option<&'a str>,
}

/// Adds `book.toml`, `SUMMARY.md` and the script that draws diagrams.
pub(super) fn insert(files: &mut FileSet, book: &Book, site: &Site<'_>) {
    let title = &site.model.package().id;
    let entries = site
        .pages
        .iter()
        .map(|page| {
            let is_dependency = page.path.starts_with("deps/");
            let (name, is_index) = match page.subject {
                Subject::Package(package) => (&package.id, true),
                Subject::World(_, world) => (&world.name, false),
                Subject::Interface(_, interface) => (&interface.name, false),
            };
            let indent = if is_dependency && !is_index { "  " } else { "" };
            let path = page.path.as_str();
            Entry { indent, name, path }
        })
        .collect();
    let paths = site.pages.iter().map(|page| page.path.as_str());
    let folders = paths.filter_map(|path| path.strip_suffix(INDEX)).collect();
    let address = serde_json::to_string(&book.mermaid).expect("text always serialises");
    let integrity = (book.mermaid == MERMAID).then_some(MERMAID_INTEGRITY);
    files.insert(
        "book.toml",
        crate::template::text(&Settings { title, folders }),
    );
    files.insert("SUMMARY.md", crate::template::text(&Summary { entries }));
    let loader = Loader { address, integrity };
    files.insert("mermaid.js", crate::template::text(&loader));
}
