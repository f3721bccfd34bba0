//! Where an item stands in the source.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use wit_parser::Span;

use crate::source::Package;

/// A range of a source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The file, as it was named when it was read.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
}

/// Turns spans into positions; the lines of each file are counted once.
pub(super) struct Positions<'a> {
    package: &'a Package,
    files: HashMap<String, (Arc<str>, Vec<u32>)>,
}

impl<'a> Positions<'a> {
    pub fn new(package: &'a Package) -> Self {
        Positions {
            package,
            files: HashMap::new(),
        }
    }

    /// The position of a span's start; none for an item that was read from wasm.
    pub fn of(&mut self, span: Span) -> Option<Position> {
        let (path, range) = self.package.locate(span)?;
        self.at(path, range.start)
    }

    /// The position of an interface that a world imports by one of these names; none for one that is
    /// imported only because others take types from it, or by an `include`.
    ///
    /// Resolving a world leaves no span of its imports, so they are looked for in the text.
    pub fn of_import(&mut self, world: Span, names: &[&str]) -> Option<Position> {
        let (path, range) = self.package.locate(world)?;
        let text = self.package.text(path)?;
        let start = imported(text, range.start, names)?;
        self.at(path, start)
    }

    fn at(&mut self, path: &str, start: usize) -> Option<Position> {
        if !self.files.contains_key(path) {
            let text = self.package.text(path)?;
            let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            let starts = newlines.map(|(at, _)| at as u32 + 1);
            let starts = std::iter::once(0).chain(starts).collect();
            self.files.insert(path.to_owned(), (path.into(), starts));
        }
        let (file, starts) = &self.files[path];
        let start = start as u32;
        let line = starts.partition_point(|line| *line <= start);
        Some(Position {
            file: file.clone(),
            line: line as u32,
            column: start - starts[line - 1] + 1,
        })
    }

    /// The texts of the files in which something was found.
    pub fn into_sources(self) -> BTreeMap<Arc<str>, Arc<str>> {
        let files = self.files.into_values().map(|(file, _)| file);
        let texts = files.map(|file| (self.package.text(&file).cloned(), file));
        texts
            .filter_map(|(text, file)| Some((file, text?)))
            .collect()
    }
}

/// Where the world that starts at a byte names an import, in bytes.
fn imported(text: &str, world: usize, names: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = world;
    for line in text[world..].split_inclusive('\n') {
        let code = line.split("//").next().unwrap_or_default();
        for (import, word) in code.match_indices("import") {
            let rest = &code[import + word.len()..];
            let name = rest.trim_start();
            let is_name = |wanted: &&&str| {
                let behind = name.strip_prefix(**wanted);
                behind.is_some_and(|behind| behind.trim_start().starts_with(';'))
            };
            if rest.len() > name.len() && names.iter().any(|wanted| is_name(&wanted)) {
                return Some(at + import + word.len() + rest.len() - name.len());
            }
        }
        depth += code.matches('{').count();
        let closed = code.matches('}').count();
        if closed > 0 && closed >= depth {
            return None;
        }
        depth -= closed;
        at += line.len();
    }
    None
}
