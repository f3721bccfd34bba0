//! What an embedder's crate needs for a world, and what its engine does.

use wit_parser::{LiveTypes, Resolve, Type, TypeDefKind, WorldId, WorldItem};

use super::bindings;
use super::wasi::{self, Line};

/// A dependency.
pub(super) struct Crate {
    pub name: &'static str,
    /// In quotes, with commas between them.
    pub features: String,
}

/// The dependencies of the embedder's crate.
pub(super) fn needed(resolve: &Resolve, world: WorldId) -> Vec<Crate> {
    let mut found = vec![Crate::new(
        "wasmtime",
        &[
            "async",
            "component-model",
            "component-model-async",
            "cranelift",
            "runtime",
            "std",
        ],
    )];
    let imported: Vec<_> = bindings::imported(resolve, world)
        .map(|(_, wasi)| wasi)
        .collect();
    let lines = |http: bool| {
        let of = imported.iter();
        let of = of.filter(|wasi| (wasi.part == wasi::HTTP) == http);
        let mut lines: Vec<Line> = of.map(|wasi| wasi.line).collect();
        lines.sort();
        lines.dedup();
        lines
    };
    let (wasi, http) = (lines(false), lines(true));
    if !wasi.is_empty() {
        let features: Vec<_> = wasi.iter().map(|line| line.name()).collect();
        found.push(Crate::new("wasmtime-wasi", &features));
    }
    if !http.is_empty() {
        let mut features: Vec<_> = http.iter().map(|line| line.name()).collect();
        if http.contains(&Line::P3) {
            features.insert(0, "component-model-async");
        }
        if imported.iter().any(|wasi| wasi.sends_requests()) {
            features.insert(features.len() - http.len(), "default-send-request");
        }
        found.push(Crate::new("wasmtime-wasi-http", &features));
    }
    found
}

impl Crate {
    fn new(name: &'static str, features: &[&str]) -> Self {
        let features: Vec<_> = features.iter().map(|name| format!("{name:?}")).collect();
        Crate {
            name,
            features: features.join(", "),
        }
    }
}

/// The methods of wasmtime's `Config` that turn on what the world has and wasmtime leaves off.
pub(super) fn engine(resolve: &Resolve, world: WorldId) -> Vec<&'static str> {
    let mut live = LiveTypes::default();
    live.add_world(resolve, world);
    let kinds: Vec<_> = live.iter().map(|id| &resolve.types[id].kind).collect();
    let has = |found: &dyn Fn(&TypeDefKind) -> bool| kinds.iter().any(|kind| found(kind));
    let imports = resolve.worlds[world].imports.iter();
    let exports = resolve.worlds[world].exports.iter();
    let has_labels = imports
        .chain(exports)
        .any(|(key, item)| resolve.implements_interface(key, item).is_some());
    let mut methods = Vec::new();
    if has_error_context(resolve, world, &kinds) {
        methods.push("wasm_component_model_error_context");
    }
    if has(&|kind| matches!(kind, TypeDefKind::FixedLengthList(..))) {
        methods.push("wasm_component_model_fixed_length_lists");
    }
    if has_labels {
        methods.push("wasm_component_model_implements");
    }
    if has(&|kind| matches!(kind, TypeDefKind::Map(..))) {
        methods.push("wasm_component_model_map");
    }
    methods
}

fn has_error_context(resolve: &Resolve, world: WorldId, kinds: &[&TypeDefKind]) -> bool {
    let is = |ty: &Type| *ty == Type::ErrorContext;
    let of_world = &resolve.worlds[world];
    let mut items = of_world.imports.values().chain(of_world.exports.values());
    kinds.iter().any(|kind| parts(kind).iter().any(is))
        || items.any(|item| {
            let functions: Vec<_> = match item {
                WorldItem::Function(function) => vec![function],
                WorldItem::Interface { id, .. } => {
                    resolve.interfaces[*id].functions.values().collect()
                }
                WorldItem::Type { .. } => Vec::new(),
            };
            functions.iter().any(|function| {
                let mut params = function.params.iter();
                params.any(|param| is(&param.ty)) || function.result.as_ref().is_some_and(is)
            })
        })
}

/// The types that a type is made of.
pub(super) fn parts(kind: &TypeDefKind) -> Vec<Type> {
    match kind {
        TypeDefKind::Type(ty)
        | TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _) => vec![*ty],
        TypeDefKind::Map(key, value) => vec![*key, *value],
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Result(result) => [result.ok, result.err].into_iter().flatten().collect(),
        TypeDefKind::Future(ty) | TypeDefKind::Stream(ty) => ty.iter().copied().collect(),
        TypeDefKind::Resource
        | TypeDefKind::Handle(_)
        | TypeDefKind::Flags(_)
        | TypeDefKind::Enum(_)
        | TypeDefKind::Unknown => Vec::new(),
    }
}
