//! A world that exports `handler` of `wasi:http@0.3`: its hops, and what else it imports and exports.

use std::collections::HashSet;

use heck::ToSnakeCase;
use wit_bindgen_rust::to_rust_ident;
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

use super::wasi::{HTTP, Line, WasiImport};
use crate::emit::http_world::{Hop, hops, interface};
use crate::emit::rust_host::names;
use crate::emit::rust_host::reduce::reached;
use crate::source::Package;

/// The glue's own types, those that its files use, and those of Rust's prelude. The world's type
/// cannot have one of these names.
const RESERVED: &[&str] = &[
    "AsMut",
    "AsRef",
    "Body",
    "Box",
    "BuildError",
    "BuildErrorKind",
    "Builder",
    "CallObserver",
    "Bytes",
    "Clone",
    "ConnectionLimit",
    "Copy",
    "Default",
    "Denied",
    "Drop",
    "Engine",
    "Err",
    "Error",
    "ErrorCode",
    "Extensions",
    "From",
    "Future",
    "HttpUpstream",
    "Inbound",
    "InstanceFailure",
    "Into",
    "IntoIterator",
    "Iterator",
    "Limits",
    "Linker",
    "None",
    "Ok",
    "Option",
    "Request",
    "Response",
    "Result",
    "Reuse",
    "Self",
    "Send",
    "Some",
    "Source",
    "State",
    "StdError",
    "String",
    "Sync",
    "TotalMemory",
    "Upstream",
    "WasiCtx",
];

/// Methods of the builder, which no hop can be the name of.
const RESERVED_FOR_HOPS: [&str; 15] = [
    "build",
    "extensions",
    "import_upstream",
    "limits",
    "link",
    "member_call",
    "member_client",
    "member_wasi",
    "new",
    "observer",
    "on_failure",
    "reuse",
    "total_memory",
    "upstream",
    "wasi",
];

/// The imports and exports of a world with `handler`.
pub(in crate::emit::rust_host) struct HttpWorld {
    /// `wasi:http/proxy@0.3.1002`.
    pub world: String,
    pub witgen_version: &'static str,
    /// `Proxy`, the type of a running component.
    pub type_name: String,
    /// `proxy`, the module, and a variable in an example.
    pub module_name: String,
    /// `wasi:http/handler@0.3.1002`.
    pub handler: String,
    /// `wasi:http/types@0.3.1002`.
    pub types: String,
    /// All imports.
    pub imports: Vec<String>,
    pub hops: Vec<Hop>,
    /// Whether any of them is a next hop.
    pub has_next_hop: bool,
    /// The packages of WASI from which the world imports interfaces: `wasi:cli@0.3.2`.
    pub wasi: Vec<String>,
    /// Imports that neither wasmtime nor an upstream implements.
    pub other_imports: Vec<String>,
    /// Exports other than `handler`.
    pub other_exports: Vec<String>,
}

impl HttpWorld {
    /// Sorts what a world imports and exports. `implemented` is what it imports of WASI. Returns none unless the world exports `handler` of
    /// `wasi:http@0.3` once, and imports one version of each of its interfaces.
    pub fn of(package: &Package, world: WorldId, implemented: &[WasiImport]) -> Option<Self> {
        let resolve = package.resolve();
        let (handler, other_exports) = {
            let exports = names_of(resolve, &resolve.worlds[world].exports);
            let (mut handlers, others): (Vec<_>, Vec<_>) =
                exports.into_iter().partition(|id| interface(id) == Some("handler"));
            let handler = handlers.pop()?;
            if !handlers.is_empty() {
                return None;
            }
            (handler, others)
        };
        let mut imports = names_of(resolve, &resolve.worlds[world].imports);
        imports.sort();
        let mut types = None;
        let hops = named_hops(resolve, world);
        let interfaces = hops.iter().filter_map(|hop| interface(&hop.import));
        if interfaces.clone().collect::<HashSet<_>>().len() < interfaces.count() {
            return None;
        }
        let mut wasi = Vec::new();
        let mut other_imports = Vec::new();
        let is_hop = |id: &&String| hops.iter().any(|hop| hop.import == **id);
        for id in imports.iter().filter(|id| !is_hop(id)) {
            let name = interface(id);
            if name == Some("types") {
                if types.replace(id.clone()).is_some() {
                    return None;
                }
            } else if let Some(package) = wasi_package(implemented, id) {
                if !wasi.contains(&package) {
                    wasi.push(package);
                }
            } else {
                other_imports.push(id.clone());
            }
        }
        let mut type_name = names::world(resolve, world);
        if RESERVED.contains(&type_name.as_str()) {
            type_name = format!("{type_name}World");
        }
        Some(HttpWorld {
            world: package.world_id(world),
            witgen_version: env!("CARGO_PKG_VERSION"),
            type_name,
            module_name: to_rust_ident(&package.world_name(world).to_snake_case()),
            handler,
            types: types?,
            imports,
            has_next_hop: hops.iter().any(|hop| !hop.is_side_call),
            hops,
            wasi,
            other_imports,
            other_exports,
        })
    }

    /// Whether the embedder implements anything other than upstreams.
    pub fn has_other_imports(&self) -> bool {
        !self.other_imports.is_empty()
    }

    /// Removes the exports from a world's items, and the imports that HTTP glue implements. Returns `None` if nothing else is
    /// imported. Interfaces whose types the other imports `use` stay.
    pub fn other_items(&self, resolve: &Resolve, world: WorldId) -> Option<Resolve> {
        if !self.has_other_imports() {
            return None;
        }
        let imports = &resolve.worlds[world].imports;
        let other_imports: HashSet<_> = self.other_imports.iter().collect();
        let is_other = |key| other_imports.contains(&resolve.name_world_key(key));
        let other_items = imports.iter().filter(|(key, _)| is_other(key));
        let reached = reached(resolve, other_items.map(|(_, item)| item));
        let mut others = resolve.clone();
        let of_world = &mut others.worlds[world];
        of_world.exports.clear();
        of_world.imports.retain(|_, item| match item {
            WorldItem::Interface { id, .. } => reached.contains(id),
            WorldItem::Function(_) | WorldItem::Type { .. } => true,
        });
        Some(others)
    }
}

/// Returns the hops of a world, none of which has the name of a method that another one brings.
fn named_hops(resolve: &Resolve, world: WorldId) -> Vec<Hop> {
    let side_calls = hops(resolve, world, &RESERVED_FOR_HOPS)
        .into_iter()
        .filter(|hop| hop.is_side_call);
    let methods: Vec<String> = side_calls.map(|hop| format!("member_{}", hop.name)).collect();
    let reserved: Vec<&str> = RESERVED_FOR_HOPS
        .into_iter()
        .chain(methods.iter().map(String::as_str))
        .collect();
    hops(resolve, world, &reserved)
}

/// Returns the full names of imports or exports.
fn names_of<'a>(
    resolve: &Resolve,
    items: impl IntoIterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> Vec<String> {
    items.into_iter().map(|(key, _)| resolve.name_world_key(key)).collect()
}

/// Returns the package of an interface, if `wasmtime_wasi::p3` implements the interface.
fn wasi_package(implemented: &[WasiImport], id: &str) -> Option<String> {
    let import = implemented.iter().find(|import| import.id == id)?;
    let (_, version) = id.split_once('@')?;
    let wasi = &import.wasi;
    (wasi.line == Line::P3 && wasi.part != HTTP)
        .then(|| format!("wasi:{}@{version}", wasi.package()))
}
