//! Where items are written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use wit_parser::Span;

use crate::diagnostic::{Position, SourceFile};
use crate::source::Package;

/// Turns spans into positions, and collects the files that they are in.
pub(super) struct Positions<'a> {
    package: &'a Package,
    files: BTreeMap<Arc<str>, Arc<SourceFile>>,
}

impl<'a> Positions<'a> {
    pub fn new(package: &'a Package) -> Self {
        Positions {
            package,
            files: BTreeMap::new(),
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

    /// Returns the position of an interface that a world imports by one of these names; none for one that
    /// is imported only because others use its types, or by an `include`.
    ///
    /// Resolving a world leaves no span of its imports, so the text is searched for them.
    pub fn of_import(&mut self, world: Span, names: &[&str]) -> Option<Position> {
        let world = self.of(world)?;
        let range = imported(world.file().text(), world.start(), names)?;
        Some(Position::new(world.file().clone(), range))
    }

    /// Returns the files in which something was found.
    pub fn into_sources(self) -> BTreeMap<Arc<str>, Arc<SourceFile>> {
        self.files
    }
}

/// Returns the range of the name of an import in the text of the world that starts at a byte.
fn imported(text: &str, world: usize, names: &[&str]) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let mut at = world;
    for line in text[world..].split_inclusive('\n') {
        let code = line.split("//").next().unwrap_or_default();
        for (import, word) in code.match_indices("import") {
            let rest = &code[import + word.len()..];
            let name = rest.trim_start();
            let is_name = |wanted: &&&str| {
                let after = name.strip_prefix(**wanted);
                after.is_some_and(|after| after.trim_start().starts_with(';'))
            };
            if rest.len() > name.len()
                && let Some(found) = names.iter().find(is_name)
            {
                let start = at + import + word.len() + rest.len() - name.len();
                return Some(start..start + found.len());
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
