//! The entry of a release in the changelog.

use std::collections::HashMap;

use askama::Template;
use indexmap::{IndexMap, IndexSet};

use crate::compat::{Change, Comparison};

/// The groups of an entry, in their order: those of <https://keepachangelog.com/en/1.1.0/>. Changes are of the first four.
const GROUPS: [&str; 6] = [
    "Added",
    "Changed",
    "Deprecated",
    "Removed",
    "Fixed",
    "Security",
];

/// The rules whose changes share a line, with what it begins with.
const LISTED: [(&str, &str); 2] = [
    ("since-changed", "`@since` changed"),
    ("docs-changed", "documentation changed"),
];

/// An entry of the changelog.
#[derive(Template)]
#[template(path = "release/entry.md", escape = "none")]
pub(super) struct Entry {
    pub version: String,
    pub date: String,
    /// The text above the first group.
    pub introduction: String,
    /// Lists by their headings.
    pub groups: IndexMap<String, String>,
}

/// The changes of one group.
#[derive(Template)]
#[template(path = "release/changes.md", escape = "none")]
struct Changes {
    changes: Vec<Line>,
    /// Items of rules whose changes share a line, one line per rule.
    lists: Vec<List>,
}

struct List {
    title: &'static str,
    items: Vec<String>,
}

struct Line {
    message: String,
    effect: Option<&'static str>,
}

impl Entry {
    /// An entry with the changes of a comparison; `links` leads to items.
    pub fn new(
        version: String,
        date: String,
        comparison: Option<&Comparison>,
        links: &HashMap<&str, String>,
    ) -> Self {
        let changes = comparison.map_or(&[][..], |comparison| &comparison.changes);
        Entry {
            version,
            date,
            introduction: String::new(),
            groups: groups(changes.iter(), links),
        }
    }
}

impl Entry {
    /// Adds text before what a group has.
    pub fn add_before(&mut self, title: &str, text: &str) {
        let group = self.groups.entry(title.to_owned()).or_default();
        let parts = [text.trim(), group.trim()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        *group = parts.join("\n");
        let order = |title: &str| GROUPS.iter().position(|group| *group == title);
        self.groups.sort_by_key(|title, _| order(title).unwrap_or(GROUPS.len()));
    }
}

/// Returns the lists of an entry by their headings; `links` leads to items.
pub(crate) fn groups<'c>(
    changes: impl Iterator<Item = &'c Change> + Clone,
    links: &HashMap<&str, String>,
) -> IndexMap<String, String> {
    let groups = GROUPS.into_iter().filter_map(|group| {
        let changes: Vec<&Change> =
            changes.clone().filter(|change| group_of(change) == group).collect();
        if changes.is_empty() {
            return None;
        }
        let text = crate::template::text(&Changes {
            changes: changes
                .iter()
                .filter(|change| !is_listed(change))
                .map(|change| Line {
                    message: with_link(change, links),
                    effect: change.effect(),
                })
                .collect(),
            lists: lists(&changes, links),
        });
        Some((group.to_owned(), text))
    });
    groups.collect()
}

/// Whether the change shares a line with others of its rule.
pub(crate) fn is_listed(change: &Change) -> bool {
    LISTED.iter().any(|(rule, _)| *rule == change.rule.id)
}

/// Returns what each rule's line lists.
fn lists(changes: &[&Change], links: &HashMap<&str, String>) -> Vec<List> {
    let lists = LISTED.into_iter().map(|(rule, title)| {
        let items = changes.iter().filter(|change| change.rule.id == rule);
        let items: IndexSet<&str> = items.map(|change| change.item.as_str()).collect();
        let items = items.into_iter().map(|item| link_to(item, links).unwrap_or(code(item)));
        List {
            title,
            items: items.collect(),
        }
    });
    lists.filter(|list| !list.items.is_empty()).collect()
}

fn group_of(change: &Change) -> &'static str {
    match change.rule.id {
        "gate-opened" => "Added",
        "gate-closed" => "Removed",
        "deprecated" => "Deprecated",
        id if id.ends_with("-removed") && id != "async-removed" => "Removed",
        _ if change.rule.is_addition => "Added",
        _ => "Changed",
    }
}

/// Returns what happened; the name of the item leads to its page.
fn with_link(change: &Change, links: &HashMap<&str, String>) -> String {
    match link_to(&change.item, links) {
        Some(link) => change.message.replacen(&code(&change.item), &link, 1),
        None => change.message.clone(),
    }
}

fn link_to(item: &str, links: &HashMap<&str, String>) -> Option<String> {
    let link = links.get(item)?;
    Some(format!("[`{item}`]({link})"))
}

fn code(item: &str) -> String {
    format!("`{item}`")
}
