//! `bindings.rs`, a call of `bindgen!`.

use askama::Template;

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::type_options::CheckedTypes;

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
    derives: Vec<&'a str>,
}

/// An interface with bindings elsewhere: in one of wasmtime's crates, or at the path in the options.
struct Remapped<'a> {
    id: &'a str,
    path: String,
}

impl<'a> Bindings<'a> {
    /// Returns the call of `bindgen!` for glue in `folder` of its crate.
    pub fn new(analysis: &'a Analysis<'_>, types: &'a CheckedTypes, folder: &str) -> Self {
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
            with: with(analysis, types),
            derives: types.derives.iter().map(String::as_str).collect(),
        }
    }
}

fn with<'a>(analysis: &'a Analysis<'_>, types: &'a CheckedTypes) -> Vec<Remapped<'a>> {
    let of_wasi = analysis.wasi.iter().map(|import| {
        let (krate, line) = (import.wasi.krate(), import.wasi.line.name());
        Remapped {
            id: &import.id,
            path: format!("{krate}::{line}::bindings::{}", import.wasi.module()),
        }
    });
    let of_author = types.with.iter().map(|option| Remapped {
        id: &option.item,
        path: option.value.clone(),
    });
    let mut with: Vec<_> = of_wasi.chain(of_author).collect();
    with.sort_by_key(|remapped| remapped.id);
    with
}
