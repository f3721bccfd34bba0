//! The files that mdBook needs to build a book of the pages.

use std::borrow::Cow;

use askama::Template;

use super::options::{Book, MERMAID};
use super::site::{INDEX, Site, Subject};
use crate::fileset::FileSet;
use crate::model::keyword::KEYWORDS;
use crate::syntax::{DECLARATIONS, GATES, is_built_in_type};

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
    /// The index of the package itself.
    index: Entry<'a>,
    groups: Vec<Group<'a>>,
}

/// Pages under one title of the sidebar.
struct Group<'a> {
    title: &'static str,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    /// Spaces before it: a dependency's pages stand under its index.
    indent: &'static str,
    name: Cow<'a, str>,
    path: &'a str,
}

#[derive(Template)]
#[template(path = "docs/book/mermaid.js", escape = "none")]
struct Loader<'a> {
    /// As strings of JavaScript.
    address: String,
    integrity: Option<&'a str>,
}

/// The grammar of WIT for highlight.js.
#[derive(Template)]
#[template(path = "docs/book/wit.js", escape = "none")]
struct Grammar {
    keywords: String,
    types: String,
    gates: String,
    declarations: String,
}

/// Adds `book.toml`, `SUMMARY.md`, and the scripts that draw diagrams and color WIT.
pub(super) fn insert(files: &mut FileSet, book: &Book, site: &Site<'_>) {
    let title = &site.model.package().id;
    let paths = site.pages.iter().map(|page| page.path.as_str());
    let folders = paths.filter_map(|path| path.strip_suffix(INDEX)).collect();
    let address = serde_json::to_string(&book.mermaid).expect("text always serialises");
    let integrity = (book.mermaid == MERMAID).then_some(MERMAID_INTEGRITY);
    files.insert(
        "book.toml",
        crate::template::text(&Settings { title, folders }),
    );
    files.insert("SUMMARY.md", crate::template::text(&summary(site)));
    let loader = Loader { address, integrity };
    files.insert("mermaid.js", crate::template::text(&loader));
    files.insert("wit.js", wit_grammar());
}

/// Returns the sidebar: the package's worlds and interfaces, then its dependencies.
fn summary<'a>(site: &'a Site<'_>) -> Summary<'a> {
    let mut index = None;
    let (mut worlds, mut interfaces, mut dependencies) = (Vec::new(), Vec::new(), Vec::new());
    for page in &site.pages {
        let path = page.path.as_str();
        let entry = |name, indent| Entry { indent, name, path };
        match (page.subject, path.starts_with("deps/")) {
            (Subject::Package(package), false) => {
                index = Some(entry(Cow::from(&package.id), ""));
            }
            (Subject::World(_, world), false) => worlds.push(entry(Cow::from(&world.name), "")),
            (Subject::Interface(_, interface), false) => {
                interfaces.push(entry(Cow::from(&interface.name), ""));
            }
            (Subject::Package(package), true) => {
                dependencies.push(entry(Cow::from(&package.id), ""));
            }
            (Subject::World(_, world), true) => {
                dependencies.push(entry(format!("world {}", world.name).into(), "  "));
            }
            (Subject::Interface(_, interface), true) => {
                dependencies.push(entry(Cow::from(&interface.name), "  "));
            }
        }
    }
    let groups = [
        ("Worlds", worlds),
        ("Interfaces", interfaces),
        ("Dependencies", dependencies),
    ];
    let groups = groups.map(|(title, entries)| Group { title, entries });
    Summary {
        index: index.expect("every package has an index"),
        groups: groups.into_iter().filter(|group| !group.entries.is_empty()).collect(),
    }
}

/// Returns the script that colors WIT in a book of mdBook. It contains the words of this version's parser.
///
/// ```
/// let script = witgen::emit::docs::wit_grammar();
/// assert!(script.contains("error-context"));
/// ```
pub fn wit_grammar() -> String {
    let (types, keywords): (Vec<&str>, Vec<&str>) =
        KEYWORDS.iter().partition(|word| is_built_in_type(word));
    crate::template::text(&Grammar {
        keywords: keywords.join(" "),
        types: types.join(" "),
        gates: GATES.join("|"),
        declarations: DECLARATIONS.join(" "),
    })
}
