//! Documentation, which is Markdown, as it stands on a page.
//!
//! The author's text stays as it is, with these exceptions: HTML is shown as text, headings move below those of the page, names
//! in backticks and cited RFCs become links, and links are checked. Parts that would affect the text after it (an open fence, references,
//! footnotes) are closed or made unique.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::lookup::{Context, Lookup, Meaning};
use super::site::Site;
use crate::diagnostic::{Code, Diagnostic, Position, codes};
use crate::model::Model;

mod cited;
mod harmless;
mod rewrite;
mod summary;

pub(super) use summary::continues_a_paragraph;

use harmless::harmless;
use rewrite::{Destination, Rules, rewrite, unlinked};
use summary::{definitions, first_sentence};

/// How many findings of one text are reported: more would be the same mistake again.
const MAX_FINDINGS: usize = 50;

/// A term that documentation defines.
pub(super) struct Term {
    pub name: String,
    pub definition: String,
}

/// Turns documentation into pages' text, and collects what is wrong with it.
pub(super) struct Prose<'s, 'a> {
    site: &'s Site<'a>,
    lookup: Lookup<'s, 'a>,
    findings: RefCell<Vec<Diagnostic>>,
    /// Links that were looked at, by the page they stand on.
    links: RefCell<HashMap<(usize, String), Option<usize>>>,
}

impl<'s, 'a> Prose<'s, 'a> {
    pub fn new(site: &'s Site<'a>) -> Self {
        Prose {
            site,
            lookup: Lookup::new(site),
            findings: RefCell::default(),
            links: RefCell::default(),
        }
    }

    /// Returns the findings since the last call.
    pub fn take_findings(&self) -> Vec<Diagnostic> {
        self.findings.take()
    }

    /// Returns the whole text at an anchor, with headings from `level` on, and records its problems.
    pub fn block(
        &self,
        docs: &Option<String>,
        context: &Context<'a>,
        level: usize,
        anchor: &str,
    ) -> String {
        let Some(docs) = docs else {
            return String::new();
        };
        let is_own = std::ptr::eq(context.package, self.site.model.package());
        let place = rewrite::Place {
            level,
            label: anchor,
        };
        let text = self.rewritten(docs, context, &place, is_own);
        text.trim_matches('\n').trim_end().to_owned()
    }

    /// The first sentence, as the cell of a table holds it: without links, since it stands among
    /// many of its kind.
    pub fn line(&self, docs: &Option<String>) -> String {
        let Some(docs) = docs else {
            return String::new();
        };
        // Usually the text begins with a paragraph, and later paragraphs don't matter here; but references can be defined
        // anywhere.
        let first = docs.trim_start().split("\n\n").next().unwrap_or_default();
        let sentence_in = |docs| first_sentence(&unlinked(harmless(docs)));
        let sentence = if first.contains('[') {
            sentence_in(docs)
        } else {
            sentence_in(first).or_else(|| sentence_in(docs))
        };
        // Taken out of its text, a sentence may mean links that it did not mean there.
        unlinked(Cow::Owned(sentence.unwrap_or_default())).into_owned()
    }

    /// The terms that the text defines.
    pub fn terms(&self, docs: &Option<String>, context: &Context<'a>) -> Vec<Term> {
        let docs = docs.as_deref().filter(|docs| docs.contains(':') && docs.contains(['*', '_']));
        let Some(docs) = docs else {
            return Vec::new();
        };
        let place = rewrite::Place {
            level: 6,
            label: "term",
        };
        definitions(&self.rewritten(docs, context, &place, false))
            .into_iter()
            .map(|definition| Term {
                name: definition.term,
                definition: definition.text,
            })
            .collect()
    }

    fn rewritten(
        &self,
        docs: &str,
        context: &Context<'a>,
        place: &rewrite::Place<'_>,
        report: bool,
    ) -> String {
        let text = harmless(docs);
        let mut rules = OnPage {
            prose: self,
            context,
            text: &text,
            report,
            reported: RefCell::default(),
        };
        rewrite(&text, place, &mut rules)
    }

    /// Where a relative link leads: the page, if it is one of ours and has that anchor.
    fn target(&self, from: usize, link: &str) -> Option<usize> {
        let key = (from, link.to_owned());
        if let Some(known) = self.links.borrow().get(&key) {
            return *known;
        }
        let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
        let page = if path.is_empty() {
            Some(from)
        } else {
            self.site.page_at(from, path)
        }
        .filter(|page| fragment.is_empty() || self.site.has_anchor(*page, fragment));
        self.links.borrow_mut().insert(key, page);
        page
    }
}

/// The rules of the page that a text stands on.
struct OnPage<'p, 's, 'a> {
    prose: &'p Prose<'s, 'a>,
    context: &'p Context<'a>,
    text: &'p str,
    report: bool,
    /// The reported problems of this text, each once.
    reported: RefCell<HashSet<String>>,
}

impl Rules for OnPage<'_, '_, '_> {
    fn name(&mut self, name: &str, at: usize) -> Option<String> {
        match self.prose.lookup.meaning(name, self.context) {
            Meaning::Item(href) => Some(href),
            Meaning::Other => None,
            Meaning::Nothing(near) => {
                let message =
                    format!("`{name}` looks like an item, and there is none of that name");
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "correct it, or write it without backticks".to_owned(),
                };
                self.report(
                    codes::UNKNOWN_NAME_IN_DOCS,
                    message,
                    help,
                    &format!("`{name}`"),
                    at,
                );
                None
            }
        }
    }

    fn link(&mut self, link: &str, at: usize) -> Destination {
        // An address of mail, in `<…>`, has no scheme there.
        if link.contains('@') && !link.contains(['/', '#', ':']) {
            return Destination::Kept;
        }
        if let Some((scheme, _)) = link.split_once(':')
            && is_scheme(scheme)
        {
            let runs = ["javascript", "vbscript", "data"];
            if !runs.iter().any(|runs| scheme.eq_ignore_ascii_case(runs)) {
                return Destination::Kept;
            }
        } else if link.starts_with("//") {
            return Destination::Kept;
        } else if let Some(page) = self.prose.target(self.context.home_page, link) {
            let mut href = self.prose.site.between(self.context.page, page);
            if let Some((_, fragment)) = link.split_once('#') {
                href.push('#');
                href.push_str(fragment);
            }
            return if self.context.page == self.context.home_page {
                Destination::Kept
            } else {
                Destination::Moved(href)
            };
        }
        let message = format!("the link `{link}` leads to no page or item of the specification");
        let help = "links within it look like `types.md#types.request`; a name in backticks becomes one \
                    by itself; for anything else write the whole address";
        self.report(codes::DEAD_LINK, message, help.to_owned(), link, at);
        Destination::Dropped
    }
}

impl OnPage<'_, '_, '_> {
    fn report(&self, code: Code, message: String, help: String, text: &str, at: usize) {
        if !self.report || !self.reported.borrow_mut().insert(text.to_owned()) {
            return;
        }
        if self.reported.borrow().len() > MAX_FINDINGS {
            return;
        }
        let mut finding = Diagnostic::error(code, message);
        if let Some(position) = self.place(text, at) {
            finding = finding.at(position.into());
        }
        self.prose.findings.borrow_mut().push(finding.help(help));
    }

    /// Returns the place of a piece of documentation in the source. The comment ends before its item, and the text after the
    /// piece in the comment follows it in the source too.
    fn place(&self, piece: &str, at: usize) -> Option<Position> {
        let model: &Model = self.prose.site.model;
        let Some(position) = self.context.position else {
            // Any file of a package may have its documentation.
            let mut files = model.sources.values();
            return files.find_map(|file| {
                let start = file.text().find(piece)?;
                Some(Position::new(file.clone(), start..start + piece.len()))
            });
        };
        let file = position.file();
        let item = file.line_range(position.line()).start;
        let later = self.text.get(at..)?.matches(piece).count().max(1);
        let range = match file.text()[..item].rmatch_indices(piece).nth(later - 1) {
            Some((start, piece)) => start..start + piece.len(),
            None => item..item,
        };
        Some(Position::new(file.clone(), range))
    }
}

/// RFC 3986, 3.1
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}
