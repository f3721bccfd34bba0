//! A world that exports `handler` of `wasi:http@0.3`: its hops, and what else it imports and exports.

use heck::ToSnakeCase;
use wit_bindgen_rust::to_rust_ident;
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

use crate::emit::http_world::{HOPS, HopKind, interface};
use crate::emit::rust_host::names;
use crate::emit::rust_host::reduce::reached;
use crate::source::Package;

/// The glue's own types, those that its `mod.rs` uses, and those of Rust's prelude. The world's type
/// cannot have one of these names.
const RESERVED: &[&str] = &[
    "AsMut",
    "AsRef",
    "Body",
    "Box",
    "BuildError",
    "BuildErrorKind",
    "Builder",
    "Bytes",
    "Clone",
    "Config",
    "Copy",
    "Default",
    "Denied",
    "Drop",
    "Engine",
    "Err",
    "Error",
    "ErrorCode",
    "From",
    "Future",
    "HttpUpstream",
    "Into",
    "IntoIterator",
    "Iterator",
    "Limits",
    "Method",
    "None",
    "Ok",
    "Option",
    "ProxyHandler",
    "Request",
    "Response",
    "Result",
    "Reuse",
    "Self",
    "Send",
    "Some",
    "Source",
    "State",
    "StatusCode",
    "String",
    "Sync",
    "Upstream",
];

/// The packages of WASI 0.3 that have a module in `wasmtime_wasi::p3`.
const WASI_PACKAGES: [&str; 5] = ["cli", "clocks", "filesystem", "random", "sockets"];

/// What a world with `handler` imports and exports.
pub(in crate::emit::rust_host) struct HttpWorld {
    /// `wasi:http/proxy@0.3.3`.
    pub world: String,
    pub witgen_version: &'static str,
    /// `Proxy`, the type of a running component.
    pub type_name: String,
    /// `proxy`, the module, and a variable in an example.
    pub module_name: String,
    /// `wasi:http/handler@0.3.3`.
    pub handler: String,
    /// `wasi:http/types@0.3.3`.
    pub types: String,
    /// All imports.
    pub imports: Vec<String>,
    pub hops: Vec<Hop>,
    /// Whether any of them is a next hop.
    pub has_next_hop: bool,
    pub wasi: Vec<WasiPackage>,
    /// Imports that neither wasmtime nor an upstream implements.
    pub other_imports: Vec<String>,
    /// Exports other than `handler`.
    pub other_exports: Vec<String>,
}

/// An import through which a component sends requests.
pub(in crate::emit::rust_host) struct Hop {
    /// `wasi:http/origin@0.3.3`.
    pub id: String,
    pub kind: HopKind,
}

/// A package of WASI from which the world imports interfaces.
#[derive(PartialEq, Eq)]
pub(in crate::emit::rust_host) struct WasiPackage {
    /// `wasi:cli@0.3.2`.
    pub id: String,
    /// `cli`, its module in `wasmtime_wasi::p3`.
    pub module: &'static str,
}

impl HttpWorld {
    /// Sorts what a world imports and exports. Returns none unless the world exports `handler` of
    /// `wasi:http@0.3` once, and imports one version of each of its interfaces.
    pub fn of(package: &Package, world: WorldId) -> Option<Self> {
        let resolve = package.resolve();
        let (handler, other_exports) = {
            let exports = names_of(resolve, &resolve.worlds[world].exports);
            let (mut handlers, others): (Vec<_>, Vec<_>) = exports
                .into_iter()
                .partition(|id| interface(id) == Some("handler"));
            let handler = handlers.pop()?;
            if !handlers.is_empty() {
                return None;
            }
            (handler, others)
        };
        let mut imports = names_of(resolve, &resolve.worlds[world].imports);
        imports.sort();
        let mut types = None;
        let mut hops: Vec<Hop> = Vec::new();
        let mut wasi = Vec::new();
        let mut other_imports = Vec::new();
        for id in &imports {
            let name = interface(id);
            if name == Some("types") {
                if types.replace(id.clone()).is_some() {
                    return None;
                }
            } else if let Some(kind) = HOPS.iter().find(|hop| Some(hop.name) == name) {
                if hops.iter().any(|hop| hop.kind == *kind) {
                    return None;
                }
                hops.push(Hop {
                    id: id.clone(),
                    kind: *kind,
                });
            } else if let Some(package) = wasi_package(id) {
                if !wasi.contains(&package) {
                    wasi.push(package);
                }
            } else {
                other_imports.push(id.clone());
            }
        }
        hops.sort_by_key(|hop| HOPS.iter().position(|kind| *kind == hop.kind));
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
            has_next_hop: hops.iter().any(|hop| !hop.kind.is_side_call),
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
}

/// Returns a world's items without its exports and without the imports that HTTP glue implements. What
/// the other imports `use` types from stays.
pub(in crate::emit::rust_host) fn other_imports(mut resolve: Resolve, world: WorldId) -> Resolve {
    let is_implemented = |resolve: &Resolve, key: &WorldKey| {
        let id = resolve.name_world_key(key);
        interface(&id).is_some() || wasi_package(&id).is_some()
    };
    let imports = resolve.worlds[world].imports.iter();
    let others = imports.filter(|(key, _)| !is_implemented(&resolve, key));
    let reached = reached(&resolve, others.map(|(_, item)| item));
    let mut kept = std::mem::take(&mut resolve.worlds[world].imports);
    kept.retain(|key, item| match item {
        WorldItem::Interface { id, .. } => reached.contains(id) || !is_implemented(&resolve, key),
        WorldItem::Function(_) | WorldItem::Type { .. } => true,
    });
    let world = &mut resolve.worlds[world];
    world.imports = kept;
    world.exports.clear();
    resolve
}

/// Returns the full names of imports or exports.
fn names_of<'a>(
    resolve: &Resolve,
    items: impl IntoIterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> Vec<String> {
    items
        .into_iter()
        .map(|(key, _)| resolve.name_world_key(key))
        .collect()
}

/// Returns the package of an interface, if the package is one of WASI 0.3 that `wasmtime-wasi`
/// implements.
fn wasi_package(id: &str) -> Option<WasiPackage> {
    let (name, version) = id.strip_prefix("wasi:")?.split_once('@')?;
    let (package, _) = name.split_once('/')?;
    let module = WASI_PACKAGES
        .into_iter()
        .find(|module| *module == package)?;
    let is_implemented = version.starts_with("0.3.") && !version.contains('-');
    is_implemented.then(|| WasiPackage {
        id: format!("wasi:{package}@{version}"),
        module,
    })
}
