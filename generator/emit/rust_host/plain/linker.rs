//! What goes into a linker for a world: the embedder's part, and WASI's.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem, WorldKey};

use super::bindings;
use super::front::{Implemented, Label, resources};
use super::wasi::{self, Line, Part};
use crate::emit::rust_host::names;
use crate::emit::rust_names::Reexport;

/// What a linker is filled with.
pub(super) struct Linking {
    /// What the embedder implements for the store's data.
    pub implemented: Vec<Implemented>,
    /// The same for interfaces that have names of the world's.
    pub labelled: Vec<Implemented>,
    /// What wasmtime's crates add.
    pub wasi: Vec<Added>,
    /// The parts of these crates that have names to be imported.
    pub parts: Vec<&'static Part>,
    /// The bindings of these crates, under short names.
    pub aliases: Vec<Alias>,
    /// Whether the embedder implements functions that need the store at hand, and whether any of them for
    /// the store's data and not for a part of it.
    pub has_store: bool,
    pub has_store_for_data: bool,
    pub has_resources: bool,
    /// Whether anything of `wasmtime-wasi` is among that, and anything of `wasmtime-wasi-http`.
    pub has_wasi: bool,
    pub has_http: bool,
    /// Whether WASI's resources are asked for their table.
    pub has_io: bool,
}

/// An interface of WASI that one of wasmtime's crates adds.
pub(super) struct Added {
    /// `p2::cli::environment`.
    pub path: String,
    pub data: &'static str,
    pub getter: &'static str,
    /// Whether it takes link options, and which switch is on.
    pub has_options: bool,
    pub switch: Option<&'static str>,
}

/// The bindings of a crate.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Alias {
    pub krate: &'static str,
    pub line: &'static str,
    pub name: &'static str,
}

impl Linking {
    pub fn new(resolve: &Resolve, world: WorldId, interfaces: &[(InterfaceId, Reexport)]) -> Self {
        let (mut implemented, mut labelled) = (Vec::new(), Vec::new());
        for (id, reexport) in interfaces {
            if !is_linked(resolve, *id) {
                continue;
            }
            let interface = &resolve.interfaces[*id];
            let functions: Vec<_> = interface.functions.values().collect();
            let resources = resources(resolve, interface.types.values());
            let path = format!("{}::", reexport.name);
            let labels = labels(resolve, world, *id);
            let found = Implemented {
                id: Some(reexport.id.clone()),
                path: reexport.name.clone(),
                labels,
                ..Implemented::new(resolve, &functions, &resources, &path, "Host")
            };
            if found.labels.is_empty() {
                implemented.push(found);
            } else {
                labelled.push(found);
            }
        }
        implemented.extend(of_world(resolve, world));
        let all = || implemented.iter().chain(&labelled);
        let has_store_functions = |implemented: &Implemented| !implemented.with_store.is_empty();
        let has_store = all().any(has_store_functions);
        let has_store_for_data = implemented.iter().any(has_store_functions);
        let has_resources = all().any(|implemented| implemented.has_resources);

        let imported: Vec<_> = bindings::imported(resolve, world)
            .filter(|(id, _)| is_linked(resolve, *id))
            .collect();
        let parts: BTreeSet<_> = imported.iter().map(|(_, wasi)| wasi.part).collect();
        let aliases: BTreeSet<_> = imported
            .iter()
            .map(|(_, wasi)| Alias {
                krate: wasi.krate(),
                line: wasi.line.name(),
                name: alias(wasi),
            })
            .collect();
        Linking {
            has_store,
            has_store_for_data,
            has_resources,
            implemented,
            labelled,
            wasi: imported
                .iter()
                .map(|(id, wasi)| added(resolve, *id, wasi))
                .collect(),
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
}

impl Linking {
    /// Whether the world imports nothing that a linker needs.
    pub fn is_empty(&self) -> bool {
        self.wasi.is_empty() && !self.has_own()
    }

    /// Whether anything is the embedder's to implement.
    pub fn has_own(&self) -> bool {
        !self.implemented.is_empty() || !self.labelled.is_empty()
    }

    /// Whether anything is given a name before the linker is filled.
    pub fn has_names(&self) -> bool {
        !self.aliases.is_empty() || !self.implemented.is_empty()
    }

    /// Whether `HasSelf` is named.
    pub fn has_self(&self) -> bool {
        self.has_own() || self.has_io
    }
}

/// Whether wasmtime looks for anything of an interface; it doesn't where there are types alone.
fn is_linked(resolve: &Resolve, id: InterfaceId) -> bool {
    let interface = &resolve.interfaces[id];
    let resources = resources(resolve, interface.types.values());
    !interface.functions.is_empty() || !resources.is_empty()
}

/// What the world itself imports.
fn of_world(resolve: &Resolve, world: WorldId) -> Option<Implemented> {
    let imports = &resolve.worlds[world].imports;
    let functions: Vec<_> = imports
        .values()
        .filter_map(|item| match item {
            WorldItem::Function(function) => Some(function),
            _ => None,
        })
        .collect();
    let types = imports.values().filter_map(|item| match item {
        WorldItem::Type { id, .. } => Some(id),
        _ => None,
    });
    let resources = resources(resolve, types);
    if functions.is_empty() && resources.is_empty() {
        return None;
    }
    let name = names::world(resolve, world);
    let imports = format!("{name}Imports");
    Some(Implemented {
        path: format!("bindings::{name}"),
        function: "add_to_linker_imports",
        ..Implemented::new(resolve, &functions, &resources, "bindings::", &imports)
    })
}

/// The names of the world's under which it imports an interface.
fn labels(resolve: &Resolve, world: WorldId, interface: InterfaceId) -> Vec<Label> {
    let imports = resolve.worlds[world].imports.iter();
    let labels = imports.filter_map(|(key, item)| match (key, item) {
        (WorldKey::Name(name), WorldItem::Interface { id, .. })
            if *id == interface && resolve.interfaces[*id].name.is_some() =>
        {
            Some(Label {
                name: name.clone(),
                ty: match name.to_upper_camel_case() {
                    name if name == "Self" => "Self_".to_owned(),
                    name => name,
                },
                function: names::ident(name),
            })
        }
        _ => None,
    });
    labels.collect()
}

fn alias(wasi: &wasi::Wasi) -> &'static str {
    match (wasi.krate(), wasi.line) {
        ("wasmtime_wasi_http", Line::P2) => "p2_http",
        ("wasmtime_wasi_http", Line::P3) => "p3_http",
        (_, Line::P2) => "p2",
        (_, Line::P3) => "p3",
    }
}

fn added(resolve: &Resolve, id: InterfaceId, wasi: &wasi::Wasi) -> Added {
    let functions = &resolve.interfaces[id].functions;
    let switch = wasi
        .gate
        .filter(|gate| functions.contains_key(gate.function));
    Added {
        path: format!("{}::{}", alias(wasi), wasi.module()),
        data: wasi.part.data,
        getter: wasi.part.getter,
        has_options: wasi.gate.is_some(),
        switch: switch.map(|gate| gate.switch),
    }
}
