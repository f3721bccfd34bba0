//! The model: a package as plain, owned data.
//!
//! Documentation, golden files, lint rules, relations, the comparison of versions and `witgen inspect`
//! read it. Glue for Rust and the encoding of components read the package's
//! [`Resolve`](wit_parser::Resolve) instead, because the generators of bindings and the encoder require
//! that.
//!
//! Items refer to each other by name, never by an index into something else, and are in the order of
//! the source. The model serialises to JSON; [`FORMAT`] is the version of its shape, which
//! `docs/model.md` describes.
//!
//! ```
//! use witgen::model::describe;
//! use witgen::source::{Features, Source, load};
//!
//! let model = describe(&load(&Source::Embedded, &Features::default())?);
//! let handle = &model.interface("wasi:http/origin@0.3.1002").unwrap().functions[0];
//! assert!(handle.is_async);
//! assert_eq!(handle.to_string(), "handle: async func(request: request) -> result<response, error-code>");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

pub use crate::diagnostic::Position;
use crate::diagnostic::SourceFile;

mod abi;
pub(crate) mod core_items;
mod describe;
pub(crate) mod directive;
pub(crate) mod display;
mod fingerprint;
pub(crate) mod flat;
pub(crate) mod function;
mod interface;
pub(crate) mod keyword;
mod position;
mod stability;
pub mod tree;
mod types;
mod world;

pub use abi::{CoreSignature, FunctionAbi};
pub use core_items::{CoreExport, CoreImport};
pub use describe::describe;
pub use flat::CoreType;
pub use function::{Accessor, Function, FunctionKind, Param};
pub use interface::Interface;
pub use stability::Stability;
pub use types::{Case, Field, Flag, Type, TypeDef, TypeKind, TypeName};
pub use world::{Direction, Include, Rename, World, WorldItem, WorldItemKind};

pub use crate::names::{Index, Item};

/// The shape of the model's JSON; it grows by one when a field is renamed, removed or changes its
/// meaning.
pub const FORMAT: u32 = 1;

/// A package and the packages it depends on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Model {
    /// [`FORMAT`].
    pub format: u32,
    /// The package itself, then its dependencies sorted by name and version.
    pub packages: Vec<Package>,
    /// The source files by their paths; they are not part of the JSON. Empty if the package was read from
    /// wasm.
    #[serde(skip)]
    pub sources: BTreeMap<Arc<str>, Arc<SourceFile>>,
}

/// One package.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Package {
    /// The full name: `wasi:http@0.3.1002`.
    pub id: String,
    /// `wasi` in `wasi:http@0.3.1002`.
    pub namespace: String,
    /// `http` in `wasi:http@0.3.1002`.
    pub name: String,
    /// `0.3.1002` in `wasi:http@0.3.1002`.
    pub version: Option<semver::Version>,
    /// Documentation, in Markdown.
    pub docs: Option<String>,
    /// Interfaces with a name, in the order of the source.
    pub interfaces: Vec<Interface>,
    /// Worlds in the order of the source.
    pub worlds: Vec<World>,
}

impl Package {
    /// Returns the end of the full names of the package's items: `@0.3.1002`, or nothing without a version.
    pub(crate) fn version_suffix(&self) -> String {
        self.version.as_ref().map_or_else(String::new, |version| format!("@{version}"))
    }
}

impl Model {
    /// The package that the model is of.
    pub fn package(&self) -> &Package {
        // `describe` always puts it there.
        &self.packages[0]
    }

    /// All interfaces with a name, of all packages.
    pub fn interfaces(&self) -> impl Iterator<Item = &Interface> {
        self.packages.iter().flat_map(|package| &package.interfaces)
    }

    /// All worlds of all packages.
    pub fn worlds(&self) -> impl Iterator<Item = &World> {
        self.packages.iter().flat_map(|package| &package.worlds)
    }

    /// The interface of a full name; an inline one too.
    pub fn interface(&self, id: &str) -> Option<&Interface> {
        let inline = self
            .worlds()
            .flat_map(|world| world.imports.iter().chain(&world.exports))
            .filter_map(WorldItem::inline_interface);
        self.interfaces().chain(inline).find(|i| &*i.id == id)
    }

    /// The world of a full name.
    pub fn world(&self, id: &str) -> Option<&World> {
        self.worlds().find(|world| &*world.id == id)
    }
}
