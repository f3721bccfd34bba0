//! The parts of a linker for a world: the embedder's, and WASI's.

use std::collections::BTreeSet;

use super::implemented::Implemented;
use crate::emit::rust_host::analysis::Analysis;
use crate::emit::rust_host::analysis::wasi::{self, Line, Part, Wasi, WasiImport};

/// The items that a linker is filled with.
pub(super) struct Linking<'a> {
    /// The traits that the embedder implements for the store's data.
    pub implemented: Vec<Implemented<'a>>,
    /// The traits that the embedder implements for parts of the store's data: interfaces under labels.
    pub labelled: Vec<Implemented<'a>>,
    /// The imports that wasmtime's crates provide.
    pub wasi: Vec<Added>,
    /// The parts of these crates whose types the glue imports.
    pub parts: Vec<&'static Part>,
    /// The bindings of these crates, under short names.
    pub aliases: Vec<Alias>,
    /// Whether the embedder implements functions that need the store.
    pub has_store: bool,
    /// Whether any of these functions is for the store's data and not for a part of it.
    pub has_store_for_data: bool,
    pub has_resources: bool,
    /// Whether anything in `wasi` is from `wasmtime-wasi`.
    pub has_wasi: bool,
    /// Whether anything in `wasi` is from `wasmtime-wasi-http`.
    pub has_http: bool,
    /// Whether anything in `wasi` needs the table of WASI's resources.
    pub has_io: bool,
}

/// An interface of WASI that one of wasmtime's crates adds.
pub(super) struct Added {
    /// `p2::cli::environment`.
    pub path: String,
    pub data: &'static str,
    pub getter: &'static str,
    /// Whether the function that adds the interface has link options.
    pub has_options: bool,
    /// The link option to enable.
    pub switch: Option<&'static str>,
}

/// The bindings of a crate.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Alias {
    pub krate: &'static str,
    pub line: &'static str,
    pub name: &'static str,
}

impl<'a> Linking<'a> {
    /// Returns what a linker needs.
    pub fn new(analysis: &'a Analysis<'_>) -> Self {
        let of_world = (!analysis.own.is_empty).then(|| Implemented::world(analysis));
        let (implemented, labelled): (Vec<_>, Vec<_>) = analysis
            .interfaces
            .iter()
            .filter(|interface| !interface.items.is_empty)
            .map(Implemented::interface)
            .chain(of_world)
            .partition(|implemented| implemented.labels.is_empty());
        let has_store = |implemented: &Implemented<'_>| !implemented.with_store.is_empty();
        let has_store_for_data = implemented.iter().any(has_store);

        let linked: Vec<_> = analysis.wasi.iter().filter(|import| import.is_linked).collect();
        let parts: BTreeSet<_> = linked.iter().map(|import| import.wasi.part).collect();
        let aliases: BTreeSet<_> = linked
            .iter()
            .map(|import| Alias {
                krate: import.wasi.krate(),
                line: import.wasi.line.name(),
                name: alias(&import.wasi),
            })
            .collect();
        Linking {
            has_store: has_store_for_data || labelled.iter().any(has_store),
            has_store_for_data,
            has_resources: implemented
                .iter()
                .chain(&labelled)
                .any(|implemented| implemented.has_resources),
            implemented,
            labelled,
            wasi: linked.into_iter().map(Added::new).collect(),
            has_wasi: parts.iter().any(|part| *part != wasi::HTTP),
            has_http: parts.contains(wasi::HTTP),
            has_io: parts.contains(wasi::IO),
            parts: parts
                .into_iter()
                .filter(|part| *part != wasi::IO && *part != wasi::HTTP)
                .collect(),
            aliases: aliases.into_iter().collect(),
        }
    }

    /// Whether the world imports nothing that a linker needs.
    pub fn is_empty(&self) -> bool {
        self.wasi.is_empty() && !self.has_own()
    }

    /// Whether the embedder implements anything.
    pub fn has_own(&self) -> bool {
        !self.implemented.is_empty() || !self.labelled.is_empty()
    }

    /// Whether the function that fills the linker begins with names of its own.
    pub fn has_names(&self) -> bool {
        !self.aliases.is_empty() || !self.implemented.is_empty()
    }

    /// Whether the glue uses `HasSelf`.
    pub fn has_self(&self) -> bool {
        self.has_own() || self.has_io
    }
}

impl Added {
    fn new(import: &WasiImport) -> Self {
        let wasi = &import.wasi;
        Added {
            path: format!("{}::{}", alias(wasi), wasi.module()),
            data: wasi.part.data,
            getter: wasi.part.getter,
            has_options: wasi.gate.is_some(),
            switch: import.switch,
        }
    }
}

fn alias(wasi: &Wasi) -> &'static str {
    match (wasi.krate(), wasi.line) {
        ("wasmtime_wasi_http", Line::P2) => "p2_http",
        ("wasmtime_wasi_http", Line::P3) => "p3_http",
        (_, Line::P2) => "p2",
        (_, Line::P3) => "p3",
    }
}
