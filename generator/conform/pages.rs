//! The pages of `docs/conformance/`: the cases of each suite by group, and the sentences of `wit/` that no case quotes.

use std::collections::BTreeSet;

use askama::Template;

use super::case::{Case, Suite};
use super::embedded;
use super::quotes::{Duty, duties};
use crate::diagnostic::Result;
use crate::template;

#[derive(Template)]
#[template(path = "conform/cases.md", escape = "none")]
struct CasesPage {
    is_host: bool,
    count: usize,
    groups: Vec<Group>,
}

struct Group {
    name: String,
    cases: Vec<Row>,
}

struct Row {
    name: String,
    path: String,
    level: &'static str,
    summary: String,
    quote: String,
    item: String,
    rfc: String,
}

#[derive(Template)]
#[template(path = "conform/unquoted.md", escape = "none")]
struct UnquotedPage {
    quoted: usize,
    items: Vec<Item>,
}

struct Item {
    name: String,
    sentences: Vec<String>,
}

/// Returns the pages, by their paths in `docs/conformance/`.
///
/// # Errors
///
/// None in a program whose tests pass; see [`cases`](super::cases).
pub fn pages() -> Result<Vec<(&'static str, String)>> {
    let (hosts, components) = (
        embedded::cases(Suite::Host)?,
        embedded::cases(Suite::Component)?,
    );
    Ok(vec![
        ("hosts.md", template::text(&cases_page(Suite::Host, &hosts))),
        (
            "components.md",
            template::text(&cases_page(Suite::Component, &components)),
        ),
        (
            "unquoted.md",
            template::text(&unquoted_page(hosts.iter().chain(&components))),
        ),
    ])
}

fn cases_page(suite: Suite, cases: &[Case]) -> CasesPage {
    let mut groups: Vec<Group> = Vec::new();
    for case in cases {
        let row = Row {
            name: case.name.clone(),
            path: format!(
                "../../conformance/{}/{}/case.toml",
                suite.as_str(),
                case.name
            ),
            level: case.level.as_str(),
            summary: in_a_table(&case.summary),
            quote: in_a_table(&case.quote),
            item: case.item.clone(),
            rfc: case.rfc.join("; "),
        };
        match groups.last_mut().filter(|group| group.name == case.group()) {
            Some(group) => group.cases.push(row),
            None => groups.push(Group {
                name: case.group().to_owned(),
                cases: vec![row],
            }),
        }
    }
    CasesPage {
        is_host: suite == Suite::Host,
        count: cases.len(),
        groups,
    }
}

fn unquoted_page<'a>(cases: impl Iterator<Item = &'a Case>) -> UnquotedPage {
    let quotes: BTreeSet<_> = cases.map(|case| (&case.item, case.quote.as_str())).collect();
    let is_quoted = |duty: &Duty| {
        let mut of_item = quotes.iter().filter(|(item, _)| **item == duty.item);
        of_item.any(|(_, quote)| duty.sentence.contains(quote) || quote.contains(&duty.sentence))
    };
    let mut items: Vec<Item> = Vec::new();
    for duty in duties().filter(|duty| !is_quoted(duty)) {
        match items.last_mut().filter(|item| item.name == duty.item) {
            Some(item) => item.sentences.push(duty.sentence),
            None => items.push(Item {
                name: duty.item,
                sentences: vec![duty.sentence],
            }),
        }
    }
    UnquotedPage {
        quoted: quotes.len(),
        items,
    }
}

fn in_a_table(text: &str) -> String {
    text.replace('|', "\\|")
}
