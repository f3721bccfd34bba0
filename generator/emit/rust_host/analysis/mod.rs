//! The analysis of a world: everything that plain host glue depends on, as data.
//!
//! [`Analysis::of`] computes it once. The templates' views and the cases of `unsupported` read it and
//! compute nothing of the world again.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_parser::{InterfaceId, Resolve, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey};

use self::functions::Function;
use self::wasi::WasiImport;
use super::names;
use crate::emit::world::{Direction, World};

mod features;
mod functions;
pub(super) mod wasi;

/// What host glue has to know of a world.
pub(super) struct Analysis<'a> {
    pub world: World<'a>,
    /// The struct of the world in Rust.
    pub type_name: String,
    /// The world's full name, if it can be selected by that.
    pub selector: Option<String>,
    /// What the world imports, then what it exports.
    pub functions: Vec<Function<'a>>,
    /// The imported interfaces that wasmtime implements.
    pub wasi: Vec<WasiImport>,
    /// The other imported interfaces: the embedder implements them, or they only contain types.
    pub interfaces: Vec<Interface>,
    /// What the world itself imports.
    pub own: Items,
    pub exports: Vec<Export>,
    /// The imported functions that `bindgen!` has to be told to give the store to:
    /// `acme:pipes/tank@1.0.0.fill`. It gives the store to `async` functions without that.
    pub store_rules: Vec<String>,
    /// Whether the host calls all exports with the store: a function that needs it runs while others
    /// are called.
    pub exports_need_store: bool,
    /// The methods of wasmtime's `Config` that enable what the world uses.
    pub config_methods: Vec<&'static str>,
}

/// An imported interface that wasmtime doesn't implement.
pub(super) struct Interface {
    interface: InterfaceId,
    /// Its full name in WIT.
    pub id: String,
    /// The modules that lead to it in the bindings.
    pub modules: Vec<String>,
    /// Its possible names in Rust, from the shortest to the longest.
    pub names: Vec<String>,
    /// The labels under which the world imports it, if not under its own name.
    pub labels: Vec<Label>,
    pub items: Items,
}

/// A label under which a world imports an interface.
pub(super) struct Label {
    pub name: String,
    /// The associated type that implements the interface.
    pub ty: String,
    /// The function that returns that implementation.
    pub function: String,
}

/// Functions and resources that one trait and its supertraits have.
pub(super) struct Items {
    /// Whether there are no functions and no resources: a linker then needs nothing.
    pub is_empty: bool,
    /// Whether any function outside of the resources needs the store.
    pub needs_store: bool,
    pub resources: Vec<Resource>,
}

/// A resource that the embedder implements.
pub(super) struct Resource {
    /// Its name in Rust.
    pub type_name: String,
    /// Whether any of its functions needs the store.
    pub needs_store: bool,
}

/// A function or an interface that a component exports.
pub(super) struct Export {
    /// Its full name in WIT.
    pub id: String,
    /// The method of the world's struct.
    pub method: String,
    /// The module of an interface, with its types and functions.
    pub module: Option<String>,
}

impl<'a> Analysis<'a> {
    /// Analyses a world of reduced items. `wasi` is what the world imports of WASI.
    pub fn of(resolve: &'a Resolve, id: WorldId, wasi: Vec<WasiImport>) -> Self {
        let world = World { resolve, id };
        let functions = functions::of_world(&world);
        let interfaces = interfaces(&world, &wasi, &functions);
        Analysis {
            type_name: names::world(resolve, id),
            selector: selector(&world),
            own: own_items(&world, &functions),
            exports: exports(&world),
            store_rules: store_rules(&interfaces, &functions),
            exports_need_store: functions
                .iter()
                .any(|function| function.direction == Direction::Export && function.needs_store),
            config_methods: features::config_methods(&world, &functions),
            world,
            functions,
            wasi,
            interfaces,
        }
    }
}

impl Label {
    fn new(name: &str) -> Self {
        Label {
            name: name.to_owned(),
            ty: match name.to_upper_camel_case() {
                ty if ty == "Self" => "Self_".to_owned(),
                ty => ty,
            },
            function: names::ident(name),
        }
    }
}

impl Items {
    fn of(
        resolve: &Resolve,
        functions: &[&Function<'_>],
        types: impl Iterator<Item = TypeId>,
    ) -> Self {
        let needs_store = |resource: Option<TypeId>| {
            functions
                .iter()
                .any(|function| function.needs_store && function.item.kind.resource() == resource)
        };
        let resources: Vec<_> = types
            .filter(|id| matches!(resolve.types[*id].kind, TypeDefKind::Resource))
            .map(|id| Resource {
                type_name: resolve.types[id]
                    .name
                    .as_deref()
                    .unwrap_or_default()
                    .to_upper_camel_case(),
                needs_store: needs_store(Some(id)),
            })
            .collect();
        Items {
            is_empty: functions.is_empty() && resources.is_empty(),
            needs_store: needs_store(None),
            resources,
        }
    }
}

/// Returns the full name of a world, if it selects the world. It doesn't if a word of it is a keyword
/// of WIT. `world.wit` contains one world, which is found without a name.
fn selector(world: &World<'_>) -> Option<String> {
    let of_world = &world.resolve.worlds[world.id];
    let package = of_world.package?;
    let name = world.resolve.id_of_name(package, &of_world.name);
    let selected = world.resolve.select_world(&[package], Some(&name));
    (selected.ok() == Some(world.id)).then_some(name)
}

/// Returns the imported interfaces that wasmtime doesn't implement, each once.
fn interfaces(
    world: &World<'_>,
    wasi: &[WasiImport],
    functions: &[Function<'_>],
) -> Vec<Interface> {
    let resolve = world.resolve;
    let mut seen: HashSet<_> = wasi.iter().map(|import| import.interface).collect();
    let imports = &resolve.worlds[world.id].imports;
    imports
        .iter()
        .filter_map(|(key, item)| match item {
            WorldItem::Interface { id, .. } => seen.insert(*id).then_some((key, *id)),
            _ => None,
        })
        .map(|(key, id)| {
            let interface = &resolve.interfaces[id];
            // An interface that the world imports under a label is in the module of its own name.
            let is_inline = interface.name.is_none();
            let key = if is_inline {
                key.clone()
            } else {
                WorldKey::Interface(id)
            };
            let modules = names::interface(resolve, &key, id);
            let labels = imports.iter().filter_map(|(key, item)| match (key, item) {
                (WorldKey::Name(label), WorldItem::Interface { id: other, .. })
                    if *other == id && !is_inline =>
                {
                    Some(Label::new(label))
                }
                _ => None,
            });
            let functions: Vec<_> = imported_from(functions, Some(id)).collect();
            Interface {
                interface: id,
                id: resolve.name_world_key(&key),
                names: short_to_long(&key, interface.name.as_deref(), &modules)
                    .iter()
                    .map(|name| names::ident(name))
                    .collect(),
                modules,
                labels: labels.collect(),
                items: Items::of(resolve, &functions, interface.types.values().copied()),
            }
        })
        .collect()
}

/// Returns the possible names of an interface, from the shortest to the longest.
fn short_to_long(key: &WorldKey, name: Option<&str>, modules: &[String]) -> Vec<String> {
    match key {
        WorldKey::Name(name) => vec![name.clone(), format!("inline-{name}")],
        WorldKey::Interface(_) => {
            let mut names = vec![name.unwrap_or_default().to_owned()];
            for module in modules.iter().rev().skip(1) {
                names.push(format!("{module}-{}", names[names.len() - 1]));
            }
            names
        }
    }
}

/// Returns what the world itself imports.
fn own_items(world: &World<'_>, functions: &[Function<'_>]) -> Items {
    let functions: Vec<_> = imported_from(functions, None).collect();
    let imports = world.resolve.worlds[world.id].imports.values();
    let types = imports.filter_map(|item| match item {
        WorldItem::Type { id, .. } => Some(*id),
        _ => None,
    });
    Items::of(world.resolve, &functions, types)
}

/// Returns the functions that an imported interface has, or those that the world itself imports.
fn imported_from<'f, 'a>(
    functions: &'f [Function<'a>],
    interface: Option<InterfaceId>,
) -> impl Iterator<Item = &'f Function<'a>> {
    functions.iter().filter(move |function| {
        function.direction == Direction::Import && function.interface == interface
    })
}

/// Returns the imported functions that need the store and aren't `async`, by their names in WIT.
fn store_rules(interfaces: &[Interface], functions: &[Function<'_>]) -> Vec<String> {
    let needs_rule =
        |function: &&Function<'_>| function.needs_store && !function.item.kind.is_async();
    let of_world = imported_from(functions, None)
        .filter(needs_rule)
        .map(|function| function.item.name.clone());
    let of_interfaces = interfaces.iter().flat_map(|interface| {
        imported_from(functions, Some(interface.interface))
            .filter(needs_rule)
            .map(|function| format!("{}.{}", interface.id, function.item.name))
    });
    let mut rules: Vec<_> = of_world.chain(of_interfaces).collect();
    rules.sort();
    rules.dedup();
    rules
}

/// Returns what a world exports, in the order of its source.
fn exports(world: &World<'_>) -> Vec<Export> {
    let resolve = world.resolve;
    resolve.worlds[world.id]
        .exports
        .iter()
        .filter_map(|(key, item)| match item {
            WorldItem::Function(function) => Some(Export {
                id: function.name.clone(),
                method: format!("call_{}", function.item_name().to_snake_case()),
                module: None,
            }),
            WorldItem::Interface { id, .. } => {
                let modules = names::interface(resolve, key, *id);
                Some(Export {
                    id: resolve.name_world_key(key),
                    method: modules.join("_"),
                    module: Some(modules.join("::")),
                })
            }
            WorldItem::Type { .. } => None,
        })
        .collect()
}
