//! The analysis of a world: everything that plain host glue depends on, as data.
//!
//! [`Analysis::of`] computes it once. The templates' views and the cases of `unsupported` read it and
//! compute nothing of the world again.

use heck::ToSnakeCase;
use wit_parser::{Resolve, WorldId, WorldItem};

use self::functions::{Function, Imported};
use self::imports::{Interface, Items};
use self::wasi::WasiImport;
use super::names;
use crate::emit::world::{Direction, World};
use crate::panics::call;

mod features;
pub(super) mod functions;
pub(super) mod http;
pub(super) mod imports;
pub(super) mod wasi;

/// A world, as host glue needs it.
pub(super) struct Analysis<'a> {
    pub world: World<'a>,
    /// The struct of the world in Rust.
    pub type_name: String,
    /// The world's full name, if it can be selected by that.
    pub selector: Option<String>,
    /// The imports of the world, then its exports.
    pub functions: Vec<Function<'a>>,
    /// The imported interfaces that wasmtime implements.
    pub wasi: Vec<WasiImport>,
    /// The other imported interfaces: the embedder implements them, or they only contain types.
    pub interfaces: Vec<Interface>,
    /// The world's own imports.
    pub own: Items,
    pub exports: Vec<Export>,
    /// The imported functions to which `bindgen!` must pass the store explicitly: `acme:pipes/tank@1.0.0.fill`. It passes the
    /// store to `async` functions in any case.
    pub store_rules: Vec<String>,
    /// Whether the host calls all exports with the store: a function that needs it runs while others
    /// are called.
    pub exports_need_store: bool,
    /// The methods of wasmtime's `Config` that enable what the world uses.
    pub config_methods: Vec<&'static str>,
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
        let imported = functions::imported(&functions);
        let own = imports::own_items(&world, &imported);
        let interfaces = imports::interfaces(&world, &wasi, &imported);
        Analysis {
            type_name: names::world(resolve, id),
            selector: selector(&world),
            own,
            exports: exports(&world),
            store_rules: store_rules(&interfaces, &imported),
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

/// Returns the full name of a world, if it selects the world. It doesn't if a word of it is a keyword
/// of WIT. `world.wit` contains one world, which is found without a name.
fn selector(world: &World<'_>) -> Option<String> {
    let of_world = &world.resolve.worlds[world.id];
    let package = of_world.package?;
    let name = world.resolve.id_of_name(package, &of_world.name);
    let selected = call(|| world.resolve.select_world(&[package], Some(&name)));
    (selected.ok() == Some(world.id)).then_some(name)
}

/// Returns the imported functions that need the store and aren't `async`, by their names in WIT.
fn store_rules(interfaces: &[Interface], imported: &Imported<'_, '_>) -> Vec<String> {
    let needing = |from| {
        let functions = imported.get(&from).into_iter().flatten();
        functions.filter(|function| function.needs_store && !function.item.kind.is_async())
    };
    let of_world = needing(None).map(|function| function.item.name.clone());
    let of_interfaces = interfaces.iter().flat_map(|interface| {
        needing(Some(interface.interface))
            .map(|function| format!("{}.{}", interface.reexport.id, function.item.name))
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
