//! Interfaces.

use std::sync::Arc;

use serde::Serialize;

use super::{Function, Position, Stability, TypeDef};

/// An interface, with a name or inline in a world.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interface {
    /// The full name, `wasi:http/types@0.3.1002`; for an inline one its world's name and its place
    /// there, `a:b/world@1.0.0#import.name`.
    pub id: Arc<str>,
    /// The plain name; of an inline one, the name it is imported or exported under.
    pub name: String,
    /// Documentation, in Markdown.
    pub docs: Option<String>,
    /// Its gate.
    pub stability: Stability,
    /// Its place in the source.
    pub position: Option<Position>,
    /// Types in the order of the source, those brought in by `use` among them.
    pub types: Vec<TypeDef>,
    /// Functions in the order of the source, those of resources among them.
    pub functions: Vec<Function>,
    /// Worlds and interfaces that import, export or use it, by full name, sorted.
    pub used_by: Vec<String>,
    /// SHA-256 of what the interface means: its types and functions without documentation,
    /// positions and the order of functions; 64 hexadecimal digits.
    pub fingerprint: String,
}
