//! The specification as Markdown pages: an index, one page per world and one page per interface.
//!
//! ```
//! use witgen::emit::docs::{Options, render};
//! use witgen::model::describe;
//! use witgen::source::{Features, Source, load};
//!
//! let model = describe(&load(&Source::Embedded, &Features::All)?);
//! let files = render(&model, &Options::default());
//! let types = files.get("interfaces/types.md").unwrap();
//! assert!(types.contains(r#"<a id="types.request.get-method"></a>"#));
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::diagnostic::{Diagnostic, Place, Position};
use crate::fileset::FileSet;
use crate::model::Model;

mod anchors;
mod book;
mod chain;
mod code;
mod diagram;
mod example_items;
mod examples;
mod home;
mod lookup;
mod options;
mod prose;
mod references;
mod site;
mod source_links;
mod view;

pub use book::wit_grammar;
pub use examples::Examples;
pub use options::{Book, Changes, DEPENDENCY_URL, MERMAID, Options, SourceLinks};

use lookup::{Context, Lookup, Meaning};
use prose::Prose;
use references::References;
use site::{INDEX, Site, Subject};
use source_links::LineLinks;
use view::Views;

/// The pages, and what was found while they were made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pages {
    /// The pages.
    pub files: FileSet,
    /// Names and links in the package's documentation that lead nowhere.
    pub findings: Vec<Diagnostic>,
}

/// The pages of a package.
pub fn render(model: &Model, options: &Options) -> FileSet {
    pages(model, options).files
}

/// The pages of a package, and the names and links in its documentation that lead nowhere.
///
/// Documentation of dependencies isn't checked, because the users of this function can't correct it.
pub fn pages(model: &Model, options: &Options) -> Pages {
    let site = Site::of(model, options);
    let references = References::of(&site);
    let mut files = FileSet::new();
    let mut findings = Vec::new();
    for (page, made) in site.pages.iter().zip(made(&site, &references)) {
        files.insert(page.path.as_str(), made.text);
        for (name, picture) in made.pictures {
            let folder = page.path.strip_suffix(INDEX).expect("only an index has pictures");
            files.insert(format!("{folder}{name}"), picture);
        }
        findings.extend(made.findings);
    }
    findings.sort_by_key(place);
    // Included items are on both pages, but a mistake in them is one finding.
    findings.dedup();
    if let Some(book) = &options.book {
        book::insert(&mut files, book, &site);
    }
    Pages { files, findings }
}

/// Returns an error for each example whose item doesn't exist in the package.
pub fn unknown_examples(model: &Model, options: &Options) -> Vec<Diagnostic> {
    example_items::unknown(&Site::of(model, options), &options.examples)
}

/// Returns a finding for each function of the package that has no example.
pub fn missing_examples(model: &Model, options: &Options) -> Vec<Diagnostic> {
    example_items::missing(&Site::of(model, options), &options.examples)
}

/// Returns links to items of the package, from the folder of the pages: `types.request` is at
/// `interfaces/types.md#types.request`. Items without a page are left out.
pub(crate) fn links<'i>(
    model: &Model,
    options: &Options,
    items: impl Iterator<Item = &'i str>,
) -> HashMap<&'i str, String> {
    let site = Site::of(model, options);
    let lookup = Lookup::new(&site);
    let context = Context {
        // The index, which is in the folder itself.
        page: 0,
        home_page: 0,
        package: model.package(),
        owner: None,
        ty: None,
        function: None,
        position: None,
    };
    let links = items.filter_map(|item| match lookup.meaning(item, &context) {
        Meaning::Item(link) => Some((item, link)),
        Meaning::Other | Meaning::Nothing(_) => None,
    });
    links.collect()
}

/// Returns the place of a finding, by which findings are sorted.
fn place(finding: &Diagnostic) -> Option<Position> {
    match finding.places.first()? {
        Place::Source(position) => Some(position.clone()),
        _ => None,
    }
}

/// A page, and what was found while it was made.
struct Made {
    text: String,
    /// Diagrams, with the names of their files.
    pictures: Vec<(String, String)>,
    findings: Vec<Diagnostic>,
}

/// How many pages are worth a thread.
const PAGES_PER_THREAD: usize = 32;

/// All pages, in their order.
fn made(site: &Site<'_>, references: &References<'_>) -> Vec<Made> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(site.pages.len() / PAGES_PER_THREAD)
        .max(1);
    // A page may take as long as all others, so each thread takes the next free one.
    let next = AtomicUsize::new(0);
    let make = || -> Vec<(usize, Made)> {
        let prose = Prose::new(site);
        let views = Views {
            site,
            references,
            prose: &prose,
            lines: LineLinks::new(site.options.source.as_ref()),
        };
        let pages = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed))
            .take_while(|page| *page < site.pages.len());
        let make = |page| {
            let (text, pictures) = text_of(&views, page);
            let findings = prose.take_findings();
            let made = Made {
                text,
                pictures,
                findings,
            };
            (page, made)
        };
        pages.map(make).collect()
    };
    let mut made = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(make)).collect();
        let mut made = make();
        for other in others {
            let part = other.join();
            made.extend(part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    });
    made.sort_by_key(|(page, _)| *page);
    made.into_iter().map(|(_, made)| made).collect()
}

/// Returns the text of a page, and its diagrams with the names of their files.
fn text_of(views: &Views<'_, '_, '_>, at: usize) -> (String, Vec<(String, String)>) {
    match views.site.pages[at].subject {
        Subject::Package(package) => {
            let index = views.index(at, package);
            (crate::template::text(&index), index.pictures())
        }
        Subject::World(package, world) => {
            let world = views.world(at, package, world);
            (crate::template::text(&world), Vec::new())
        }
        Subject::Interface(package, interface) => {
            let interface = views.interface(at, package, interface);
            (crate::template::text(&interface), Vec::new())
        }
    }
}
