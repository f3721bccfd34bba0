//! The checked package: its model, its text, and the places of the model's items in the text.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::entry::Entry;
use super::finding::Finding;
use super::text::{File, Kind, Token};
use crate::diagnostic::{Diagnostic, Place};
use crate::emit::docs;
use crate::model::{
    Direction, Index, Model, Package, Position, Stability, World, WorldItem, WorldItemKind,
};

/// The subject of rules.
pub(super) struct Subject<'a> {
    pub model: &'a Model,
    pub index: Index<'a>,
    /// The files of the package itself, sorted by path.
    pub files: Vec<File>,
    /// Its items: interfaces and what is in them, then worlds and what is written in them.
    pub entries: Vec<Entry<'a>>,
    pub(super) numbers: HashMap<Arc<str>, usize>,
    /// By file, where names start, and the entry that they belong to.
    pub(super) names: Vec<Vec<(usize, usize)>>,
    pub(super) docs_findings: OnceCell<Vec<Diagnostic>>,
}

impl<'a> Subject<'a> {
    pub fn package(&self) -> &'a Package {
        self.model.package()
    }

    /// Returns a position if it is in one of the package's files.
    pub fn own(&self, position: &Option<Position>) -> Option<Position> {
        let position = position.as_ref()?;
        let is_own = self.numbers.contains_key(position.path());
        is_own.then(|| position.clone())
    }

    /// Returns where a parameter of a function is written.
    pub fn param(&self, function: &Entry<'a>, name: &str) -> Option<Position> {
        let mut params = function.function()?.params.iter();
        self.own(&params.find(|param| param.name == name)?.position)
    }

    /// Whether a comment that documents stands above a parameter; the model has no documentation of those.
    pub fn has_param_docs(&self, function: &Entry<'a>, name: &str) -> bool {
        let position = self.param(function, name);
        position.is_some_and(|it| self.file(&it).has_docs_in_list(it.start()))
    }

    fn file(&self, position: &Position) -> &File {
        &self.files[self.numbers[position.path()]]
    }

    /// Returns the item that the documentation at a position belongs to.
    pub fn documented(&self, position: &Position) -> &Entry<'a> {
        let names = &self.names[self.numbers[position.path()]];
        let next = names.partition_point(|(start, _)| *start < position.start());
        let entry = names.get(next).or(names.last()).map_or(0, |(_, at)| *at);
        &self.entries[entry]
    }

    /// Whether a comment that doesn't document stands above an item.
    pub fn has_plain_comment(&self, entry: &Entry<'a>) -> bool {
        let position = entry.position.as_ref();
        position.is_some_and(|it| self.file(it).has_plain_comment(it.start()))
    }

    /// Returns the entry that contains this one.
    pub fn within(&self, entry: &Entry<'a>) -> Option<&Entry<'a>> {
        Some(&self.entries[entry.within?])
    }

    /// Returns the gate that applies to an entry: its own, or else that of its container.
    pub fn gate(&self, entry: &Entry<'a>) -> &'a Stability {
        match (entry.stability, self.within(entry)) {
            (Stability::Unknown, Some(around)) => self.gate(around),
            _ => entry.stability,
        }
    }

    /// Returns the name of an import or export as WIT text has it: without its package if that is its own, and without a
    /// version.
    pub fn plain_name(&self, item: &WorldItem) -> String {
        let name = item.name.split('@').next().unwrap_or_default();
        let package = self.package();
        let own = format!("{}:{}/", package.namespace, package.name);
        let is_interface = matches!(item.kind, WorldItemKind::Interface(_));
        let plain = name.strip_prefix(&own).filter(|_| is_interface);
        plain.unwrap_or(name).to_owned()
    }

    /// Returns the place of an item in a world's own text; `None` if it is included or implied. Without a text, this is
    /// unknown.
    pub fn written<'w>(
        &self,
        world: &'w World,
        position: Option<&Position>,
    ) -> Vec<WrittenItem<'w>> {
        let mut names = match position {
            Some(position) => self.written_names(position),
            None => HashMap::new(),
        };
        let block = position.and_then(|position| {
            let file = self.file(position);
            let block = file.block(position.start())?;
            let end = file.tokens[block.end].range.start;
            Some(file.position(position.start()..end))
        });
        let has_text = !self.model.sources.is_empty();
        let written = world.items().filter_map(|(direction, item)| {
            let position = match &item.kind {
                WorldItemKind::Type(_) => {
                    let is_inside =
                        |own: &Position| block.as_ref().is_some_and(|block| block.contains(own));
                    self.own(&item.position).filter(is_inside)
                }
                _ => names.remove(&(direction, item.name.clone())),
            };
            let is_written = position.is_some() || !has_text;
            is_written.then_some(WrittenItem {
                direction,
                item,
                position,
            })
        });
        written.collect()
    }

    /// The imports and exports that a world's text names, and where.
    fn written_names(&self, world: &Position) -> HashMap<(Direction, String), Position> {
        let file = self.file(world);
        let Some(block) = file.block(world.start()) else {
            return HashMap::new();
        };
        let mut names = HashMap::new();
        let mut at = block.start;
        loop {
            at = file.after_gates(at);
            if at >= block.end {
                return names;
            }
            let end = file.statement_end(at).min(block.end);
            let direction = match file.text_of(&file.tokens[at]) {
                "import" => Some(Direction::Import),
                "export" => Some(Direction::Export),
                _ => None,
            };
            if let Some(direction) = direction
                && at + 1 < end
            {
                let (name, range) = self.written_name(file, at + 1..end);
                names.insert((direction, name), file.position(range));
            }
            at = end + 1;
        }
    }

    /// Returns the name of an import or export in the form of the model, and its place: `types`, `wasi:cli/types@0.3.2`, `name:
    /// func()`, `name: interface {}`, `name: types`.
    fn written_name(&self, file: &File, tokens: Range<usize>) -> (String, Range<usize>) {
        let words = &file.tokens[tokens];
        let text = |range: &[Token]| -> String {
            let code = range.iter().filter(|token| token.is_code());
            code.map(|token| file.text_of(token)).collect()
        };
        let is_path = |range: &[Token]| matches!(range, [_, b, _, d, ..] if b.kind == Kind::Sign(':') && d.kind == Kind::Sign('/'));
        let first = words[0].range.clone();
        if is_path(words) {
            let end = words[words.len() - 1].range.end;
            return (text(words), first.start..end);
        }
        let name = text(&words[..1]).trim_start_matches('%').to_owned();
        if words.len() > 1 {
            return (name, first);
        }
        let package = self.package();
        let version = package.version_suffix();
        let full = format!("{}:{}/{name}{version}", package.namespace, package.name);
        (full, first)
    }

    /// Returns the place of the package's name: its documented occurrence, or else its first one.
    pub(super) fn header(&self, package: &Package) -> Option<Position> {
        let headers = self.files.iter().filter_map(|file| {
            let (at, range) = package_name(file, package)?;
            let has_docs = at > 1 && file.tokens[at - 2].kind == Kind::Docs;
            Some((!has_docs, file.position(range)))
        });
        headers.min().map(|(_, position)| position)
    }

    pub(super) fn name_everything(&mut self) {
        let mut names: Vec<Vec<(usize, usize)>> = self.files.iter().map(|_| Vec::new()).collect();
        for (at, entry) in self.entries.iter().enumerate() {
            let members =
                entry.members().into_iter().filter_map(|member| self.own(member.position));
            for position in entry.position.clone().into_iter().chain(members) {
                names[self.numbers[position.path()]].push((position.start(), at));
            }
        }
        for names in &mut names {
            names.sort_unstable();
        }
        self.names = names;
    }

    /// Where the package's text first names other packages, by their full names.
    pub fn mentions(&self) -> HashMap<String, Position> {
        let mut mentions = HashMap::new();
        for file in &self.files {
            for (at, tokens) in file.tokens.windows(3).enumerate() {
                if tokens[1].kind != Kind::Sign(':') {
                    continue;
                }
                let (namespace, name) = (file.text_of(&tokens[0]), file.text_of(&tokens[2]));
                let range = file.path_at(at);
                let path = &file.text()[range.clone()];
                let version = path.split_once('@').map(|(_, version)| format!("@{version}"));
                let id = format!("{namespace}:{name}{}", version.unwrap_or_default());
                mentions.entry(id).or_insert_with(|| file.position(range));
            }
        }
        mentions
    }

    /// Returns the findings of a rule of the specification's pages in documentation.
    pub fn found_in_docs(&self, rule: &str) -> Vec<Finding> {
        self.docs_findings()
            .iter()
            .filter(|it| it.code.id() == rule)
            .map(|it| {
                let position = match it.places.first() {
                    Some(Place::Source(position)) => self.own(&Some(position.clone())),
                    _ => None,
                };
                let entry = position
                    .as_ref()
                    .map_or(&self.entries[0], |position| self.documented(position));
                let finding = Finding::of(entry, &it.message).at(position);
                it.help.iter().fold(finding, Finding::help)
            })
            .collect()
    }

    /// Names and links in documentation that lead nowhere, as the specification's pages find them.
    fn docs_findings(&self) -> &[Diagnostic] {
        self.docs_findings.get_or_init(|| {
            let is_quoted = |docs: &str| docs.contains(['`', '[', '<']);
            let members = self.entries.iter().flat_map(Entry::members);
            let mut docs = self
                .entries
                .iter()
                .map(|entry| entry.docs)
                .chain(members.map(|member| member.docs))
                .flatten();
            if docs.any(|docs| is_quoted(docs)) {
                docs::pages(self.model, &docs::Options::default()).findings
            } else {
                Vec::new()
            }
        })
    }
}

/// Whether documentation isn't empty.
pub(super) fn has_docs(docs: &Option<String>) -> bool {
    docs.as_deref().is_some_and(|docs| !docs.trim().is_empty())
}

/// An import or export in its world's own text.
pub(super) struct WrittenItem<'a> {
    pub direction: Direction,
    pub item: &'a WorldItem,
    /// Where its name is written.
    pub position: Option<Position>,
}

/// The token that begins the package's name in a file's header, and the name's range.
pub(super) fn package_name(file: &File, package: &Package) -> Option<(usize, Range<usize>)> {
    let mut starts = file
        .tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| file.text_of(token) == "package");
    starts.find_map(|(at, _)| {
        let rest = &file.tokens[at + 1..];
        let end = rest.iter().take_while(|token| !matches!(token.kind, Kind::Sign(';' | '{')));
        let range = rest.first()?.range.start..end.last()?.range.end;
        let text: String = file.text()[range.clone()].split_whitespace().collect();
        (text == package.id).then_some((at + 1, range))
    })
}
