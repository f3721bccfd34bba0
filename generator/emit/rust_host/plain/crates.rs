//! The dependencies that an embedder's crate needs for a world.

use std::collections::BTreeSet;

use crate::emit::rust_host::analysis::wasi::{self, Line, WasiImport};

/// A dependency.
pub(super) struct Crate {
    pub name: &'static str,
    /// The features in quotes, separated by commas.
    pub features: String,
}

/// Returns the dependencies of an embedder's crate for what its world imports of WASI.
pub(super) fn needed(imports: &[WasiImport]) -> Vec<Crate> {
    let lines = |is_http: bool| -> BTreeSet<Line> {
        imports
            .iter()
            .filter(|import| (import.wasi.part == wasi::HTTP) == is_http)
            .map(|import| import.wasi.line)
            .collect()
    };
    let (wasi, http) = (lines(false), lines(true));
    let mut crates = vec![Crate::new(
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
    if !wasi.is_empty() {
        let features: Vec<_> = wasi.iter().map(|line| line.name()).collect();
        crates.push(Crate::new("wasmtime-wasi", &features));
    }
    if !http.is_empty() {
        let mut features = Vec::new();
        if http.contains(&Line::P3) {
            features.push("component-model-async");
        }
        if imports.iter().any(|import| import.wasi.sends_requests()) {
            features.push("default-send-request");
        }
        features.extend(http.iter().map(|line| line.name()));
        crates.push(Crate::new("wasmtime-wasi-http", &features));
    }
    crates
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
