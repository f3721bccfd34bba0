//! Compares the core imports and exports that the model lists for a world with those of a module that
//! wit-component makes of the world's exact type.

use std::collections::BTreeMap;

use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, ValType};
use wit_component::dummy_module;
use wit_parser::{FunctionKind, LiftLowerAbi, ManglingAndAbi, Resolve, WorldId, WorldItem};
use witgen::model::{Model, World};
use witgen::source::Package;

/// Functions and their signatures: an import's name after its module and a space, an export's alone.
type Functions = BTreeMap<String, String>;

/// Returns one line for each function that only the model lists, or that only a module has.
pub fn differences(package: &Package, id: WorldId, model: &Model, world: &World) -> Vec<String> {
    let mut listed = listed(model, world);
    // wit-component makes no module that calls a constructor asynchronously.
    listed.retain(|name, _| !(name.contains("[constructor]") && name.contains("[async-l")));
    let mut in_modules = Functions::new();
    for (abi, resolve) in [
        (LiftLowerAbi::Sync, package.resolve()),
        (
            LiftLowerAbi::AsyncCallback,
            &asynchronous(package.resolve()),
        ),
    ] {
        let module = dummy_module(resolve, id, ManglingAndAbi::Legacy(abi));
        in_modules.extend(functions(&module).into_iter().filter(|(name, _)| is_own(name)));
    }
    let only = |these: &Functions, those: &Functions, whose: &str| -> Vec<String> {
        let only = these.iter().filter(|(name, signature)| those.get(*name) != Some(signature));
        only.map(|(name, signature)| format!("{whose}: {name} {signature}")).collect()
    };
    [
        only(&listed, &in_modules, "listed"),
        only(&in_modules, &listed, "found"),
    ]
    .concat()
}

/// The same with all functions asynchronous: only theirs are called so in a module of the type.
fn asynchronous(resolve: &Resolve) -> Resolve {
    let mut resolve = resolve.clone();
    let in_interfaces = resolve
        .interfaces
        .iter_mut()
        .flat_map(|(_, interface)| interface.functions.values_mut());
    let worlds = resolve.worlds.iter_mut();
    let items = worlds.flat_map(|(_, w)| w.imports.values_mut().chain(w.exports.values_mut()));
    let in_worlds = items.filter_map(|item| match item {
        WorldItem::Function(function) => Some(function),
        WorldItem::Interface { .. } | WorldItem::Type { .. } => None,
    });
    for function in in_interfaces.chain(in_worlds) {
        function.kind = match function.kind.clone() {
            FunctionKind::Freestanding => FunctionKind::AsyncFreestanding,
            FunctionKind::Method(resource) => FunctionKind::AsyncMethod(resource),
            FunctionKind::Static(resource) => FunctionKind::AsyncStatic(resource),
            kind => kind,
        };
    }
    resolve
}

fn listed(model: &Model, world: &World) -> Functions {
    let imports = model.core_imports(world).into_iter();
    let exports = model.core_exports(world).into_iter();
    let imports = imports.map(|i| (format!("{} {}", i.module, i.name), i.signature.to_string()));
    imports.chain(exports.map(|e| (e.name, e.signature.to_string()))).collect()
}

/// Whether a function belongs to the world: neither to every component nor to another function.
fn is_own(name: &str) -> bool {
    let field = name.split(' ').next_back().unwrap_or_default();
    let built_in = [
        "[stream-",
        "[future-",
        "[async-lower][stream-",
        "[async-lower][future-",
    ];
    let of_tasks = [
        "[task-cancel]",
        "[backpressure-",
        "[waitable-",
        "[thread-yield]",
        "[subtask-",
        "[context-",
    ];
    let of_others = ["cabi_", "[callback]", "_initialize"];
    let mut prefixes = built_in.into_iter().chain(of_tasks).chain(of_others);
    !prefixes.any(|prefix| field.starts_with(prefix))
}

/// The functions that a core module imports and exports.
fn functions(module: &[u8]) -> Functions {
    let mut types: Vec<FuncType> = Vec::new();
    let mut type_indices: Vec<u32> = Vec::new();
    let mut functions = Functions::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::TypeSection(section) => {
                types.extend(section.into_iter_err_on_gc_types().map(Result::unwrap));
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports().map(Result::unwrap) {
                    let TypeRef::Func(ty) = import.ty else {
                        continue;
                    };
                    type_indices.push(ty);
                    let name = format!("{} {}", import.module, import.name);
                    functions.insert(name, text(&types[ty as usize]));
                }
            }
            Payload::FunctionSection(section) => {
                type_indices.extend(section.into_iter().map(Result::unwrap))
            }
            Payload::ExportSection(section) => {
                for export in section.into_iter().map(Result::unwrap) {
                    if export.kind == ExternalKind::Func {
                        let ty = &types[type_indices[export.index as usize] as usize];
                        functions.insert(export.name.to_owned(), text(ty));
                    }
                }
            }
            _ => {}
        }
    }
    functions
}

/// `(i32, i64) -> i32`
fn text(ty: &FuncType) -> String {
    let list = |types: &[ValType]| {
        let names: Vec<_> = types.iter().map(ValType::to_string).collect();
        names.join(", ")
    };
    match ty.results() {
        [] => format!("({})", list(ty.params())),
        results => format!("({}) -> {}", list(ty.params()), list(results)),
    }
}
