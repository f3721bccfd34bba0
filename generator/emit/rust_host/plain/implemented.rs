//! The traits that the embedder implements.

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::rust_host::analysis::imports::{Interface, Items, Label};
use crate::emit::rust_names::Reexport;

/// An interface that the embedder implements, or what the world itself imports.
pub(super) struct Implemented<'a> {
    /// The interface's full name in WIT; none for what the world itself imports.
    pub id: Option<&'a str>,
    /// The traits for the store's data. The first has the others as supertraits.
    pub traits: Vec<String>,
    /// The traits for functions that need the store.
    pub with_store: Vec<String>,
    /// The trait that has all of `with_store` as supertraits, unless there are none.
    pub all_with_store: Option<String>,
    pub has_resources: bool,
    /// The module or the world's struct, and its function that adds all this to a linker.
    pub path: String,
    pub function: &'static str,
    /// The labels under which the world imports the interface, if not under its own name.
    pub labels: &'a [Label],
}

impl<'a> Implemented<'a> {
    /// Returns the traits of an interface.
    pub fn interface(interface: &'a Interface) -> Self {
        let Reexport { id, name, .. } = &interface.reexport;
        Implemented {
            id: Some(id),
            path: name.clone(),
            labels: &interface.labels,
            ..Self::new(&interface.items, &format!("{name}::"), "Host")
        }
    }

    /// Returns the traits of what the world itself imports.
    pub fn world(analysis: &Analysis<'_>) -> Self {
        let name = &analysis.type_name;
        Implemented {
            path: format!("bindings::{name}"),
            function: "add_to_linker_imports",
            ..Self::new(&analysis.own, "bindings::", &format!("{name}Imports"))
        }
    }

    /// Returns the traits in the module `path`. `name` is the trait with the others as supertraits.
    fn new(items: &Items, path: &str, name: &str) -> Self {
        let of_resources = items
            .resources
            .iter()
            .map(|resource| format!("{path}Host{}", resource.type_name));
        let with_store_of_resources = items
            .resources
            .iter()
            .filter(|resource| resource.needs_store)
            .map(|resource| format!("{path}Host{}WithStore", resource.type_name));
        let main_with_store = format!("{path}{name}WithStore");
        let with_store: Vec<_> = items
            .needs_store
            .then(|| main_with_store.clone())
            .into_iter()
            .chain(with_store_of_resources)
            .collect();
        Implemented {
            id: None,
            traits: [format!("{path}{name}")].into_iter().chain(of_resources).collect(),
            all_with_store: (!with_store.is_empty()).then_some(main_with_store),
            with_store,
            has_resources: !items.resources.is_empty(),
            path: String::new(),
            function: "add_to_linker",
            labels: &[],
        }
    }
}
