//! The files of our package, made the released one.

use std::collections::BTreeSet;

use semver::Version;
use witgen::format::{Options, format};
use witgen::syntax::{SyntaxKind, SyntaxNode};

use super::gates::Gates;
use super::merge::{Merge, join, new_item};
use super::worlds::{Plan, Worlds};
use super::{Files, PACKAGE, is_of_package, tree};
use crate::released;

/// The files of the package, parsed.
pub(super) struct Package {
    files: Vec<(String, SyntaxNode)>,
}

/// What became of them.
pub(super) struct Adopted {
    pub(super) files: Files,
    pub(super) changed: Vec<String>,
    pub(super) removed: Vec<String>,
}

impl Package {
    pub(super) fn read(files: &Files) -> Result<Package, String> {
        let files = files.iter().filter(|(path, _)| is_of_package(path));
        let parsed = files.map(|(path, text)| Ok((path.clone(), tree::parse_file(path, text)?)));
        Ok(Package {
            files: parsed.collect::<Result<_, String>>()?,
        })
    }

    /// Makes the package a released one. A new interface gets a file of its own, a new world comes after the others.
    pub(super) fn adopt(&mut self, released: &str, version: &Version) -> Result<Adopted, String> {
        let released = tree::parse_file("http.wit", released)?;
        let released: Vec<SyntaxNode> = tree::items(&released).collect();
        let names: Vec<String> = released.iter().map(|node| tree::key(node, PACKAGE)).collect();
        if let Some(name) = names.iter().find(|name| is_addition(name)) {
            return Err(format!(
                "the release has `{name}`, which is an addition of ours; docs/upstream.md says how to go on"
            ));
        }
        let ours: Vec<SyntaxNode> =
            self.files.iter().flat_map(|(_, tree)| tree::items(tree)).collect();
        let plan = Plan::new(
            &Worlds::read(ours.iter(), PACKAGE),
            &Worlds::read(released.iter(), PACKAGE),
            PACKAGE,
        );
        let mut merge = Merge {
            package: PACKAGE,
            changed: Vec::new(),
            removed: Vec::new(),
        };
        let mut files = Files::new();
        for (path, tree) in &self.files {
            let mut text = String::new();
            for element in tree.children_with_tokens() {
                match element.as_node() {
                    Some(node) => text.push_str(&top_level(&mut merge, &plan, node, &released)),
                    None => text.push_str(&element.to_string()),
                }
            }
            files.insert(path.clone(), text);
        }

        let here: BTreeSet<String> = ours.iter().map(|node| tree::key(node, PACKAGE)).collect();
        let is_new = |node: &&SyntaxNode| !here.contains(&tree::key(node, PACKAGE));
        for node in released.iter().filter(is_new) {
            let name = tree::name(node).unwrap_or_default();
            let path = match node.kind() {
                SyntaxKind::World => self.file_of_worlds(),
                _ => format!("wit/{name}.wit"),
            };
            let text =
                files.entry(path).or_insert_with(|| format!("package {PACKAGE}@{version};\n"));
            text.push_str("\n\n");
            text.push_str(&new_item(node, &Gates::default()));
        }

        let mut formatted = Files::new();
        for (path, text) in files {
            let is_empty = tree::items(&tree::parse_file(&path, &text)?).next().is_none();
            if !is_empty {
                let text = format(&path, &text, &Options::default())
                    .map_err(|error| format!("{path}: {error}"))?;
                formatted.insert(path, text);
            }
        }
        Ok(Adopted {
            files: formatted,
            changed: merge.changed,
            removed: merge.removed,
        })
    }

    /// Returns the path of the file with the worlds.
    fn file_of_worlds(&self) -> String {
        let has_world =
            |tree: &SyntaxNode| tree::items(tree).any(|it| it.kind() == SyntaxKind::World);
        let found = self.files.iter().find(|(_, tree)| has_world(tree));
        found.map_or_else(|| "wit/worlds.wit".to_owned(), |(path, _)| path.clone())
    }
}

/// Whether an item is one that no release has.
fn is_addition(key: &str) -> bool {
    released::ADDITIONS.iter().any(|it| it.split(':').next() == Some(key))
}

/// Returns the text of an interface or a world of ours, made the released one.
fn top_level(
    merge: &mut Merge<'_>,
    plan: &Plan,
    node: &SyntaxNode,
    released: &[SyntaxNode],
) -> String {
    let none = Gates::default();
    let key = tree::key(node, PACKAGE);
    let is_item = matches!(node.kind(), SyntaxKind::Interface | SyntaxKind::World);
    let found = released.iter().find(|it| tree::key(it, PACKAGE) == key);
    match found {
        _ if !is_item => node.to_string(),
        Some(found) if node.kind() == SyntaxKind::Interface => {
            merge.item("", (node, &none), (found, &none))
        }
        None if !is_addition(&key) => {
            merge.removed.push(join("", &key));
            String::new()
        }
        _ if node.kind() == SyntaxKind::World => {
            let body = plan.body(merge, node, &none);
            merge.with_body("", (node, &none), found.map(|found| (found, &none)), &body)
        }
        _ => node.to_string(),
    }
}

/// Lists the items without documentation, with file and line.
pub(super) fn undocumented(files: &Files) -> Result<Vec<String>, String> {
    let mut list = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| is_of_package(path)) {
        for node in tree::items(&tree::parse_file(path, text)?) {
            undocumented_in(path, text, "", &node, &mut list);
        }
    }
    Ok(list)
}

fn undocumented_in(
    file: &str,
    text: &str,
    within: &str,
    node: &SyntaxNode,
    list: &mut Vec<String>,
) {
    let name = join(within, &tree::key(node, PACKAGE));
    let is_reference = matches!(
        node.kind(),
        SyntaxKind::Use
            | SyntaxKind::TopLevelUse
            | SyntaxKind::Include
            | SyntaxKind::Import
            | SyntaxKind::Export
    );
    if !is_reference && !tree::is_documented(node) {
        let start = tree::significant(node).next().map(|it| it.text_range().start());
        let line = tree::line(text, start.map_or(0, usize::from));
        list.push(format!("{file}:{line}: {name}"));
    }
    if let Some(body) = tree::body(node) {
        for item in tree::items(&body) {
            undocumented_in(file, text, &name, &item, list);
        }
    }
}
