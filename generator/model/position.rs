//! Where items are written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use wit_parser::Span;

use crate::diagnostic::{Position, SourceFile};
use crate::names::label;
use crate::source::Package;

/// Turns spans into positions, and collects the files that they are in.
pub(super) struct Positions<'a> {
    package: &'a Package,
    files: BTreeMap<Arc<str>, Arc<SourceFile>>,
    imports: HashMap<Arc<str>, Imports>,
}

impl<'a> Positions<'a> {
    pub fn new(package: &'a Package) -> Self {
        Positions {
            package,
            files: BTreeMap::new(),
            imports: HashMap::new(),
        }
    }

    /// Returns the position of a span; none for an item that was read from wasm.
    pub fn of(&mut self, span: Span) -> Option<Position> {
        let position = self.package.locate(span)?;
        if !self.files.contains_key(position.path()) {
            let file = position.file().clone();
            self.files.insert(file.path().clone(), file);
        }
        Some(position)
    }

    /// Returns the position of an interface that a world imports by one of these names, which may be a label. Returns `None`
    /// for one that is imported only because others use its types, or by an `include`.
    ///
    /// Resolving a world leaves no span of its imports, so the text is searched for them.
    pub fn of_import(&mut self, world: Span, names: &[&str]) -> Option<Position> {
        let world = self.of(world)?;
        let file = world.file();
        let imports = self.imports.entry(file.path().clone());
        let imports = imports.or_insert_with(|| Imports::of(file.text()));
        let (start, length) = imports.find(world.start(), names)?;
        Some(Position::new(file.clone(), start..start + length))
    }

    /// Returns the files in which something was found.
    pub fn into_sources(self) -> BTreeMap<Arc<str>, Arc<SourceFile>> {
        self.files
    }
}

/// The imports of interfaces in a file.
struct Imports {
    /// By name, where it is written.
    starts: HashMap<String, Vec<usize>>,
    /// Where blocks begin and end, in the order of their beginnings.
    blocks: Vec<(usize, usize)>,
}

impl Imports {
    fn of(text: &str) -> Self {
        let mut starts: HashMap<String, Vec<usize>> = HashMap::new();
        let mut blocks = Vec::new();
        let mut open = Vec::new();
        let mut line_start = 0;
        for line in text.split_inclusive('\n') {
            let code = line.split("//").next().unwrap_or_default();
            for (brace, character) in code.match_indices(['{', '}']) {
                if character == "{" {
                    open.push(blocks.len());
                    blocks.push((line_start + brace, text.len()));
                } else if let Some(block) = open.pop() {
                    blocks[block].1 = line_start + brace;
                }
            }
            for (import, word) in code.match_indices("import") {
                let rest = &code[import + word.len()..];
                let name = rest.trim_start();
                if rest.len() > name.len()
                    && let Some((imported, _)) = name.split_once(';')
                {
                    let start = line_start + import + word.len() + rest.len() - name.len();
                    let name = label(imported).map_or(imported.trim_end(), |(label, _)| label);
                    starts.entry(name.to_owned()).or_default().push(start);
                }
            }
            line_start += line.len();
        }
        Imports { starts, blocks }
    }

    /// Returns where the first of these names is written that the world at a byte imports, and its length.
    fn find(&self, world: usize, names: &[&str]) -> Option<(usize, usize)> {
        let block = self.blocks.partition_point(|(start, _)| *start < world);
        let (_, end) = *self.blocks.get(block)?;
        let found = names.iter().filter_map(|name| {
            let starts = self.starts.get(*name)?;
            let start = *starts.get(starts.partition_point(|start| *start < world))?;
            (start < end).then_some((start, name.len()))
        });
        found.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_found_in_its_own_world() {
        let text = "package a:b; interface i {}\nworld v { /* { */ } world w {\n  // import i;\n  \
            export j: interface { f: func(); }\n  import  a:b/i ; import c;\n}\nworld x { import i; import\tc; }";
        let imports = Imports::of(text);
        let found = |world: &str, names: &[&str]| {
            let world = text.find(world).unwrap();
            let (start, length) = imports.find(world + "world ".len(), names)?;
            Some((
                &text[start..start + length],
                start > text.find("world x").unwrap(),
            ))
        };
        assert_eq!(found("world w", &["i", "a:b/i"]), Some(("a:b/i", false)));
        assert_eq!(found("world w", &["c"]), Some(("c", false)));
        assert_eq!(found("world x", &["i", "a:b/i"]), Some(("i", true)));
        assert_eq!(found("world x", &["c"]), Some(("c", true)));
        assert_eq!(found("world x", &["a:b/i"]), None);
        let text = "world w { import first: i; import second : a:b/i; import i; }";
        let imports = Imports::of(text);
        let found = |name: &str| imports.find("world ".len(), &[name]).map(|(start, _)| start);
        assert_eq!(found("first"), text.find("first"));
        assert_eq!(found("second"), text.find("second"));
        assert_eq!(found("i"), text.find("i; }"));
    }
}
