//! Glue in terms of the crate `http`, for a world that exports `handler` of `wasi:http@0.3`.

use askama::Template;
use heck::ToSnakeCase;
use wit_bindgen_rust::to_rust_ident;
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};
use witgen_runtime::sources::MESSAGE;

use super::names;
use super::reduce::reached;
use crate::emit::http_world::{HOPS, HopKind, interface};
use crate::source::Package;
use crate::template::text;

/// The glue's own types, those that its first module uses, and those of Rust's prelude: the world's
/// cannot share a name with them.
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

/// The packages of WASI 0.3 that `wasmtime_wasi::p3` has a module each for.
const WASI: [&str; 5] = ["cli", "clocks", "filesystem", "random", "sockets"];

/// A world as the templates show it.
pub(super) struct Glue {
    /// `wasi:http/proxy@0.3.3`.
    world: String,
    witgen_version: &'static str,
    /// `Proxy`, the type that is a component at work.
    type_name: String,
    /// `proxy`, the module, and a variable in an example.
    module_name: String,
    /// `wasi:http/handler@0.3.3`.
    handler: String,
    /// `wasi:http/types@0.3.3`.
    types: String,
    /// Everything that is imported.
    imports: Vec<String>,
    hops: Vec<Hop>,
    /// Whether any of them is a next hop.
    has_next_hop: bool,
    wasi: Vec<Wasi>,
    /// Imports that neither wasmtime nor an upstream answers.
    other_imports: Vec<String>,
    /// Exports besides `handler`.
    other_exports: Vec<String>,
}

/// An import that requests leave by.
struct Hop {
    /// `wasi:http/origin@0.3.3`.
    id: String,
    kind: HopKind,
}

/// A package of WASI that the world imports something of.
#[derive(PartialEq, Eq)]
struct Wasi {
    /// `wasi:cli@0.3.2`.
    id: String,
    /// `cli`, its module in `wasmtime_wasi::p3`.
    module: &'static str,
}

impl Glue {
    /// Sorts what a world exports and imports, if it exports `handler` of `wasi:http@0.3`, once.
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
        Some(Glue {
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

    /// Whether the embedder has to implement anything besides upstreams.
    pub fn has_other_imports(&self) -> bool {
        !self.other_imports.is_empty()
    }
}

/// A world's items without those that this glue answers: what else it imports, and what that takes
/// types from.
pub(super) fn other_imports(mut resolve: Resolve, world: WorldId) -> Resolve {
    let is_answered = |resolve: &Resolve, key: &WorldKey| {
        let id = resolve.name_world_key(key);
        interface(&id).is_some() || wasi_package(&id).is_some()
    };
    let imports = resolve.worlds[world].imports.iter();
    let others = imports.filter(|(key, _)| !is_answered(&resolve, key));
    let reached = reached(&resolve, others.map(|(_, item)| item));
    let mut kept = std::mem::take(&mut resolve.worlds[world].imports);
    kept.retain(|key, item| match item {
        WorldItem::Interface { id, .. } => reached.contains(id) || !is_answered(&resolve, key),
        WorldItem::Function(_) | WorldItem::Type { .. } => true,
    });
    let world = &mut resolve.worlds[world];
    world.imports = kept;
    world.exports.clear();
    resolve
}

fn names_of<'a>(
    resolve: &Resolve,
    items: impl IntoIterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> Vec<String> {
    let items = items.into_iter();
    items.map(|(key, _)| resolve.name_world_key(key)).collect()
}

/// The package of an interface, if it is one of WASI 0.3 that wasmtime-wasi implements.
fn wasi_package(id: &str) -> Option<Wasi> {
    let (name, version) = id.strip_prefix("wasi:")?.split_once('@')?;
    let (package, _) = name.split_once('/')?;
    let module = WASI.into_iter().find(|module| *module == package)?;
    let is_implemented = version.starts_with("0.3.") && !version.contains('-');
    is_implemented.then(|| Wasi {
        id: format!("wasi:{package}@{version}"),
        module,
    })
}

/// The glue's files.
pub(super) fn render(glue: &Glue) -> Vec<(&'static str, String)> {
    let message = MESSAGE
        .iter()
        .map(|file| (file.path, file.contents.to_owned()));
    let world = [
        ("mod.rs", text(&Front { glue })),
        ("addresses.rs", text(&Addresses {})),
        ("body.rs", text(&Body {})),
        ("builder.rs", text(&Builder { glue })),
        ("error.rs", text(&Error {})),
        ("failure.rs", text(&Failure {})),
        ("instances.rs", text(&Instances {})),
        ("limits.rs", text(&Limits {})),
        ("linking.rs", text(&Linking { glue })),
        ("members.rs", text(&Members {})),
        ("network.rs", text(&Network {})),
        ("source.rs", text(&Source {})),
        ("state.rs", text(&State {})),
        ("tasks.rs", text(&Tasks {})),
        ("timeouts.rs", text(&Timeouts {})),
        ("upstream.rs", text(&Upstream {})),
        ("whole.rs", text(&Whole {})),
        ("world.rs", text(&World { glue })),
    ];
    world.into_iter().chain(message).collect()
}

#[derive(Template)]
#[template(path = "host/http/mod.rs", escape = "none")]
struct Front<'a> {
    glue: &'a Glue,
}

#[derive(Template)]
#[template(path = "host/http/addresses.rs", escape = "none")]
struct Addresses {}

#[derive(Template)]
#[template(path = "host/http/body.rs", escape = "none")]
struct Body {}

#[derive(Template)]
#[template(path = "host/http/builder.rs", escape = "none")]
struct Builder<'a> {
    glue: &'a Glue,
}

#[derive(Template)]
#[template(path = "host/http/error.rs", escape = "none")]
struct Error {}

#[derive(Template)]
#[template(path = "host/http/failure.rs", escape = "none")]
struct Failure {}

#[derive(Template)]
#[template(path = "host/http/tasks.rs", escape = "none")]
struct Tasks {}

#[derive(Template)]
#[template(path = "host/http/timeouts.rs", escape = "none")]
struct Timeouts {}

#[derive(Template)]
#[template(path = "host/http/whole.rs", escape = "none")]
struct Whole {}

#[derive(Template)]
#[template(path = "host/http/members.rs", escape = "none")]
struct Members {}

#[derive(Template)]
#[template(path = "host/http/limits.rs", escape = "none")]
struct Limits {}

#[derive(Template)]
#[template(path = "host/http/instances.rs", escape = "none")]
struct Instances {}

#[derive(Template)]
#[template(path = "host/http/linking.rs", escape = "none")]
struct Linking<'a> {
    glue: &'a Glue,
}

#[derive(Template)]
#[template(path = "host/http/network.rs", escape = "none")]
struct Network {}

#[derive(Template)]
#[template(path = "host/http/source.rs", escape = "none")]
struct Source {}

#[derive(Template)]
#[template(path = "host/http/state.rs", escape = "none")]
struct State {}

#[derive(Template)]
#[template(path = "host/http/upstream.rs", escape = "none")]
struct Upstream {}

#[derive(Template)]
#[template(path = "host/http/world.rs", escape = "none")]
struct World<'a> {
    glue: &'a Glue,
}
