//! `bindings.rs`, a call of `bindgen!`.

use askama::Template;

use crate::emit::rust_host::analysis::Analysis;

#[derive(Template)]
#[template(path = "host/plain/bindings.rs", escape = "none")]
pub(super) struct Bindings<'a> {
    /// The file that `bindgen!` reads, as a string literal.
    path: String,
    world: Option<&'a str>,
    /// The imported functions that need the store and aren't `async` in WIT.
    imports: &'a [String],
    exports_need_store: bool,
    with: Vec<Remapped<'a>>,
}

/// An interface whose bindings one of wasmtime's crates has.
struct Remapped<'a> {
    id: &'a str,
    krate: &'static str,
    line: &'static str,
    module: String,
}

impl<'a> Bindings<'a> {
    /// Returns the call of `bindgen!` for glue in `folder` of its crate.
    pub fn new(analysis: &'a Analysis<'_>, folder: &str) -> Self {
        let path = if folder.is_empty() {
            "world.wit".to_owned()
        } else {
            format!("{folder}/world.wit")
        };
        Bindings {
            path: format!("{path:?}"),
            world: analysis.selector.as_deref(),
            imports: &analysis.store_rules,
            exports_need_store: analysis.exports_need_store,
            with: with(analysis),
        }
    }
}

fn with<'a>(analysis: &'a Analysis<'_>) -> Vec<Remapped<'a>> {
    let mut with: Vec<_> = analysis
        .wasi
        .iter()
        .map(|import| Remapped {
            id: &import.id,
            krate: import.wasi.krate(),
            line: import.wasi.line.name(),
            module: import.wasi.module(),
        })
        .collect();
    with.sort_by_key(|remapped| remapped.id);
    with
}
