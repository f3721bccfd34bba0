//! Worlds.

use std::sync::Arc;

use serde::Serialize;

use super::{Function, Interface, Position, Stability, TypeDef};

/// A world: what a component imports and exports.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct World {
    /// The full name: `wasi:http/proxy@0.3.1002`.
    pub id: Arc<str>,
    /// The plain name.
    pub name: String,
    /// Documentation, in Markdown.
    pub docs: Option<String>,
    /// Its gate.
    pub stability: Stability,
    /// Its place in the source.
    pub position: Option<Position>,
    /// The worlds it includes, as written; known only where there is source text.
    pub includes: Vec<Include>,
    /// Everything it imports, included items and what these need among them.
    pub imports: Vec<WorldItem>,
    /// Everything it exports.
    pub exports: Vec<WorldItem>,
}

/// An `include` as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Include {
    /// The included world: its plain name if it is of the same package, else its full one.
    pub world: String,
    /// Items that get another name.
    pub renames: Vec<Rename>,
    /// The gate on the `include`.
    pub stability: Stability,
}

/// One renaming of an `include … with { name as new }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// The item's name in the included world.
    pub from: String,
    /// Its name in the including one.
    pub to: String,
}

/// Something that a world imports or exports.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WorldItem {
    /// The name it is imported or exported under: an interface's full name, or a plain one.
    pub name: String,
    /// Documentation of the `import` or `export` itself, in Markdown.
    pub docs: Option<String>,
    /// Its gate in this world.
    pub stability: Stability,
    /// Its place in the source.
    pub position: Option<Position>,
    /// Its kind.
    pub kind: WorldItemKind,
    /// The `external-id` attribute.
    pub external_id: Option<String>,
}

/// An import or export of a world.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WorldItemKind {
    /// An interface with a name, by its full name; it differs from the item's name where the
    /// interface is imported under a name of its own.
    Interface(Arc<str>),
    /// An interface written out in the world.
    Inline(Box<Interface>),
    /// A function.
    Function(Box<Function>),
    /// A type.
    Type(Box<TypeDef>),
}

impl WorldItem {
    /// The interface that is written out in the world, if it is one.
    pub fn inline_interface(&self) -> Option<&Interface> {
        match &self.kind {
            WorldItemKind::Inline(interface) => Some(interface),
            _ => None,
        }
    }

    /// Whether this is an interface that has a name, under another one.
    pub(crate) fn is_labelled(&self) -> bool {
        matches!(&self.kind, WorldItemKind::Interface(id) if **id != *self.name)
    }
}

/// Which way an item goes through its world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The component takes it.
    Import,
    /// The component gives it.
    Export,
}

impl Direction {
    /// WIT's keyword.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Import => "import",
            Direction::Export => "export",
        }
    }
}

impl World {
    /// Everything that the world imports and exports.
    pub fn items(&self) -> impl Iterator<Item = (Direction, &WorldItem)> {
        let imports = self.imports.iter().map(|item| (Direction::Import, item));
        let exports = self.exports.iter().map(|item| (Direction::Export, item));
        imports.chain(exports)
    }
}
