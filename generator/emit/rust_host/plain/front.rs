//! The front door: what the embedder implements and calls, and one function that fills a linker.

use askama::Template;
use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_parser::{
    Function, InterfaceId, Resolve, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey,
};

use super::crates::{self, Crate};
use super::linker::Linking;
use super::streaming;
use crate::emit::rust_host::names;
use crate::emit::rust_names::{Reexport, short_names};

/// `mod.rs` of plain glue.
#[derive(Template)]
#[template(path = "host/plain/mod.rs", escape = "none")]
pub(super) struct Front {
    pub header: Header,
    /// What the embedder's `Cargo.toml` has.
    pub crates: Vec<Crate>,
    /// What wasmtime has to be told to take components of this world: methods of its `Config`.
    pub engine: Vec<&'static str>,
    /// Every interface that the embedder provides, or that others take their types from.
    pub interfaces: Vec<Reexport>,
    pub linking: Linking,
    pub exports: Vec<Callable>,
    pub exports_need_store: bool,
}

/// What every generated file says of where it comes from.
pub(super) struct Header {
    /// The world's full name.
    pub world: String,
    pub witgen_version: &'static str,
    /// The folder that the glue stands in.
    pub folder: String,
    /// The last part of it, and so the module's name.
    pub module: String,
    /// The struct that the world is in Rust.
    pub of_world: String,
    /// Whether this is a part of other glue: what a world imports besides HTTP.
    pub is_part: bool,
}

impl Header {
    pub fn new(world: String, of_world: String, folder: &str) -> Self {
        let folder = folder.trim_end_matches('/').to_owned();
        let module = folder.rsplit('/').next().unwrap_or_default().to_owned();
        Header {
            world,
            witgen_version: env!("CARGO_PKG_VERSION"),
            folder,
            module,
            of_world,
            is_part: false,
        }
    }
}

/// Something that the embedder implements.
pub(super) struct Implemented {
    /// Its full name in WIT; none for what the world itself imports.
    pub id: Option<String>,
    /// The traits for the store's data, the one that asks for the others first.
    pub traits: Vec<String>,
    /// The traits for functions that need the store at hand.
    pub with_store: Vec<String>,
    /// The trait among these that asks for all of them, if there are any.
    pub all_with_store: Option<String>,
    pub has_resources: bool,
    /// The module or the world's struct, and its function that adds all this.
    pub path: String,
    pub function: &'static str,
    /// The names under which the world imports the interface, if not under its own.
    pub labels: Vec<Label>,
}

/// The name under which a world imports an interface.
pub(super) struct Label {
    pub name: String,
    /// As the associated type of the one who answers.
    pub ty: String,
    /// As the function that hands that one out.
    pub function: String,
}

/// Something that a component is called for.
pub(super) struct Callable {
    /// Its full name in WIT.
    pub id: String,
    /// The method of the world's struct.
    pub method: String,
    /// For an interface, the module with its types and functions.
    pub module: Option<String>,
}

/// Names that mean something else in the front door.
const RESERVED: [&str; 9] = [
    "bindings",
    "exports",
    "p2",
    "p2_http",
    "p3",
    "p3_http",
    "wasmtime",
    "wasmtime_wasi",
    "wasmtime_wasi_http",
];

impl Front {
    pub fn new(resolve: &Resolve, world: WorldId, header: Header) -> Self {
        let interfaces = interfaces(resolve, world);
        let linking = Linking::new(resolve, world, &interfaces);
        let exports = exports(resolve, world);
        Front {
            crates: crates::needed(resolve, world),
            engine: crates::engine(resolve, world),
            exports_need_store: streaming::exports_need_store(resolve, world),
            exports,
            interfaces: interfaces
                .into_iter()
                .map(|(_, reexport)| reexport)
                .collect(),
            linking,
            header,
        }
    }
}

/// The imported interfaces that are the embedder's, under short names.
fn interfaces(resolve: &Resolve, world: WorldId) -> Vec<(InterfaceId, Reexport)> {
    let mut items: Vec<(InterfaceId, WorldKey)> = Vec::new();
    for (key, item) in &resolve.worlds[world].imports {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        // Under a name of the world's, an interface has the module that it has under its own.
        let key = match key {
            WorldKey::Name(_) if resolve.interfaces[*id].name.is_some() => WorldKey::Interface(*id),
            key => key.clone(),
        };
        let is_wasi = matches!(key, WorldKey::Interface(_))
            && super::bindings::imported(resolve, world).any(|(wasi, _)| wasi == *id);
        if !is_wasi && !items.iter().any(|(known, _)| known == id) {
            items.push((*id, key));
        }
    }
    let names: Vec<_> = items
        .iter()
        .map(|(id, key)| longer_names(resolve, key, *id))
        .collect();
    let names = short_names(names.iter(), names::ident, &RESERVED);
    let reexport = |((id, key), name): ((InterfaceId, WorldKey), String)| {
        let path = names::interface(resolve, &key, id);
        let reexport = Reexport {
            id: resolve.name_world_key(&key),
            is_renamed: path.last() != Some(&name),
            path: path.join("::"),
            name,
        };
        (id, reexport)
    };
    items.into_iter().zip(names).map(reexport).collect()
}

/// An interface's names from the shortest to the longest.
fn longer_names(resolve: &Resolve, key: &WorldKey, id: InterfaceId) -> Vec<String> {
    match key {
        WorldKey::Name(name) => vec![name.clone(), format!("inline-{name}")],
        WorldKey::Interface(_) => {
            let modules = names::interface(resolve, key, id);
            let name = resolve.interfaces[id].name.clone().unwrap_or_default();
            let mut names = vec![name];
            for module in modules.iter().rev().skip(1) {
                let longer = format!("{module}-{}", names[names.len() - 1]);
                names.push(longer);
            }
            names
        }
    }
}

impl Implemented {
    /// The traits of some functions and resources. `path` is where they stand, with `::` if any, and
    /// `name` how the one begins that asks for the others.
    pub fn new(
        resolve: &Resolve,
        functions: &[&Function],
        resources: &[TypeId],
        path: &str,
        name: &str,
    ) -> Self {
        let mut traits = vec![format!("{path}{name}")];
        let mut with_store = Vec::new();
        let has_store = |of: Option<TypeId>| {
            let functions = functions.iter().filter(|f| f.kind.resource() == of);
            let mut functions = functions.copied();
            functions.any(|f| streaming::needs_store(resolve, f))
        };
        if has_store(None) {
            with_store.push(format!("{path}{name}WithStore"));
        }
        for id in resources {
            let resource = resolve.types[*id].name.as_deref().unwrap_or_default();
            let resource = resource.to_upper_camel_case();
            traits.push(format!("{path}Host{resource}"));
            if has_store(Some(*id)) {
                with_store.push(format!("{path}Host{resource}WithStore"));
            }
        }
        let all_with_store = (!with_store.is_empty()).then(|| format!("{path}{name}WithStore"));
        Implemented {
            id: None,
            traits,
            with_store,
            all_with_store,
            has_resources: !resources.is_empty(),
            path: String::new(),
            function: "add_to_linker",
            labels: Vec::new(),
        }
    }
}

/// What a world exports, in the order of its source.
fn exports(resolve: &Resolve, world: WorldId) -> Vec<Callable> {
    let exports = resolve.worlds[world].exports.iter();
    let exports = exports.filter_map(|(key, item)| match item {
        WorldItem::Function(function) => Some(Callable {
            id: function.name.clone(),
            method: format!("call_{}", function.item_name().to_snake_case()),
            module: None,
        }),
        WorldItem::Interface { id, .. } => {
            let modules = names::interface(resolve, key, *id);
            Some(Callable {
                id: resolve.name_world_key(key),
                method: modules.join("_"),
                module: Some(modules.join("::")),
            })
        }
        WorldItem::Type { .. } => None,
    });
    exports.collect()
}

/// The resources among some types.
pub(super) fn resources<'a>(
    resolve: &Resolve,
    types: impl Iterator<Item = &'a TypeId>,
) -> Vec<TypeId> {
    let types = types.copied();
    types
        .filter(|id| matches!(resolve.types[*id].kind, TypeDefKind::Resource))
        .collect()
}
