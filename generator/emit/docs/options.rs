//! Options for generating pages.

use std::path::{Path, PathBuf};

use super::examples::Examples;
use crate::source::Source;

/// Where a book's pages take Mermaid from, unless the options say otherwise.
pub const MERMAID: &str = "https://cdn.jsdelivr.net/npm/mermaid@11.6.0/dist/mermaid.min.js";

/// Where the pages of packages are that have none here, unless the options say otherwise.
pub const DEPENDENCY_URL: &str = "https://wa.dev/{namespace}:{name}@{version}";

/// Options for generating pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether dependencies get pages of their own, under `deps/`.
    pub dependencies: bool,
    /// Where the pages of dependencies are that have none here; `{namespace}`, `{name}`, `{version}`,
    /// `{page}` (an interface or a world), and `{anchor}` are replaced.
    pub dependency_url: String,
    /// Where the lines of the source are; without it no item links to its line.
    pub source: Option<SourceLinks>,
    /// Options for mdBook, if a book is generated.
    pub book: Option<Book>,
    /// The changes that the index lists.
    pub changes: Option<Changes>,
    /// The examples that items show.
    pub examples: Examples,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            dependencies: false,
            dependency_url: DEPENDENCY_URL.to_owned(),
            source: None,
            book: None,
            changes: None,
            examples: Examples::default(),
        }
    }
}

/// The changes of a package since another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The full name of that version.
    pub since: String,
    /// Lists in Markdown by their headings, with links from the folder of the pages.
    pub groups: Vec<(String, String)>,
}

/// Options of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Where its pages take Mermaid from, which draws the diagrams: an address, or a file's path from
    /// the book's root.
    pub mermaid: String,
}

impl Default for Book {
    fn default() -> Self {
        Book {
            mermaid: MERMAID.to_owned(),
        }
    }
}

/// Where the lines of the source are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceLinks {
    /// In files beside the pages: links are relative, with `#L12` for the line.
    Relative {
        /// The absolute path of the pages' directory.
        pages: PathBuf,
        /// The absolute path of the directory that the model's positions start from.
        files: PathBuf,
    },
    /// At an address; `{file}` and `{line}` are replaced.
    Pattern(String),
}

impl SourceLinks {
    /// To an address, if one is given; without one to the files, where pages in `out` can reach them.
    ///
    /// Those of the built-in package, of git revisions and of registries are nowhere, and a book leaves its sources behind.
    pub fn of(url: Option<&str>, out: &Path, source: &Source, is_book: bool) -> Option<Self> {
        match (url, source) {
            (Some(url), _) => (!url.is_empty()).then(|| SourceLinks::Pattern(url.to_owned())),
            (None, Source::Embedded | Source::Revision { .. } | Source::Registry { .. }) => None,
            (None, _) if is_book => None,
            (None, _) => Some(SourceLinks::Relative {
                pages: std::path::absolute(out).ok()?,
                files: std::env::current_dir().ok()?,
            }),
        }
    }
}
