{%- if header.is_part %}
//! The imports of the world `{{ header.world }}` other than HTTP.
//!
//! `bindgen!` looks for `world.wit` in `{{ header.folder }}` of the crate.
{%- else %}
//! Host glue of the world `{{ header.world }}`, made by witgen {{ header.witgen_version }}; do not edit.
//!
//! This folder is a module of a crate, in `{{ header.folder }}`: `bindgen!` looks for
//! `world.wit` there. The crate's `Cargo.toml` has
//!
//! ```toml
{%- for needed in crates %}
//! [dependencies.{{ needed.name }}]
//! version = "48"
//! default-features = false
//! features = [{{ needed.features }}]
{%- if !loop.last %}
//!
{%- endif %}
{%- endfor %}
//! ```
{%- endif %}
{%- if !linking.is_empty() %}
//!
//! # What to implement
//!
//! Implement these traits for one type: the data of the store, here called `State`.
//!
{%- if linking.has_wasi %}
//! - [`WasiView`], for the interfaces of WASI
{%- endif %}
{%- if linking.has_http %}
//! - [`WasiHttpView`], for those of `wasi:http`
{%- endif %}
{%- for implemented in linking.implemented %}
//! - {% for name in implemented.traits %}{% if !loop.first %}, {% endif %}[`{{ name }}`]{% endfor %} for {% match implemented.id %}{% when Some with (id) %}`{{ id }}`{% when None %}what the world imports itself{% endmatch %}
{%- endfor %}
{%- if !linking.labelled.is_empty() %}
//! - [`Labelled`], which returns the implementations of labelled imports: parts of `State`, each of a
//!   type with
{%- for implemented in linking.labelled %}
//!   {% for name in implemented.traits %}{% if !loop.first %}, {% endif %}[`{{ name }}`]{% endfor %} for {% for label in implemented.labels %}{% if !loop.first %}, {% endif %}`{{ label.name }}`{% endfor %}
{%- endfor %}
{%- endif %}
{%- if linking.has_store %}
//!
//! Functions that are `async` in WIT receive an [`Accessor`](wasmtime::component::Accessor) instead of
//! `&mut self`, so that others run while they wait. Other functions with streams or futures receive an
//! [`Access`](wasmtime::component::Access), because creating and reading these needs the store. They are
//! in traits of their own, which `HasSelf<State>` implements, with wasmtime's [`HasSelf`]:
//!
{%- for implemented in linking.implemented %}
{%- for name in implemented.with_store %}
//! - [`{{ name }}<State>`]({{ name }})
{%- endfor %}
{%- endfor %}
{%- for implemented in linking.labelled %}
{%- for name in implemented.with_store %}
//! - [`{{ name }}<State>`]({{ name }}), for the type of the part
{%- endfor %}
{%- endfor %}
{%- endif %}
{%- if linking.has_resources %}
//!
//! The host represents a resource as a number. [`rep`](wasmtime::component::Resource::rep) returns that of a
//! handle, and [`new_own`](wasmtime::component::Resource::new_own) creates a handle. wasmtime calls `drop`
//! when the last handle is dropped.
{%- endif %}
{%- endif %}
{%- if !exports.is_empty() %}
//!
//! # What to call
//!
//! Call methods of [`bindings::{{ header.of_world }}`], which
//! [`instantiate_async`](bindings::{{ header.of_world }}::instantiate_async) returns for a component:
//!
{%- for callable in exports %}
//! - [`{{ callable.method }}`](bindings::{{ header.of_world }}::{{ callable.method }}) for `{{ callable.id }}`
{%- if let Some(module) = callable.module %}, with functions and types of
//!   [`bindings::exports::{{ module }}`]
{%- endif %}
{%- endfor %}
{%- if exports_need_store %}
//!
//! Some are `async` in WIT, or have streams or futures, so all are called inside of
//! [`run_concurrent`](wasmtime::Store::run_concurrent), with the accessor that it hands out.
{%- endif %}
{%- endif %}
{%- if !header.is_part %}
//!
//! # All together
//!
//! ```ignore
{%- if engine.is_empty() %}
//! let engine = wasmtime::Engine::default();
{%- else %}
//! let mut config = wasmtime::Config::new();
{%- for method in engine %}
//! config.{{ method }}(true);
{%- endfor %}
//! let engine = wasmtime::Engine::new(&config)?;
{%- endif %}
{%- if linking.is_empty() %}
//! let linker = wasmtime::component::Linker::new(&engine);
{%- else %}
//! let mut linker = wasmtime::component::Linker::new(&engine);
//! {{ header.module }}::add_to_linker(&mut linker)?;
{%- endif %}
//! let component = wasmtime::component::Component::from_file(&engine, "component.wasm")?;
//! let mut store = wasmtime::Store::new(&engine, State::default());
//! let component = {{ header.module }}::bindings::{{ header.of_world }}::instantiate_async(&mut store, &component, &linker).await?;
//! ```
{%- endif %}
{%- if !linking.is_empty() %}

// A type of the world may have one of these names; it is in `bindings` then.
#[allow(hidden_glob_reexports)]
use wasmtime::component::{% if linking.has_self() %}{% raw %}{{% endraw %}{% if linking.has_store %}HasData, {% endif %}HasSelf, Linker{% if linking.has_io %}, ResourceTable{% endif %}}{% else %}Linker{% endif %};
{%- if linking.has_wasi %}
use wasmtime_wasi::WasiView;
{%- endif %}
{%- if linking.has_http %}
use wasmtime_wasi_http::{WasiHttp, WasiHttpView};
{%- endif %}
{%- endif %}

/// The bindings as `bindgen!` makes them.
#[rustfmt::skip]
#[allow(ambiguous_associated_items, missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;

#[allow(unused_imports)]
pub use self::bindings::*;
{%- for interface in interfaces %}
{%- let reexport = interface.reexport %}

/// The items of the import `{{ reexport.id }}`, which the host implements.
#[allow(unused_imports)]
pub use self::bindings::{{ reexport.path }}{% if reexport.is_renamed %} as {{ reexport.name }}{% endif %};
{%- endfor %}
{%- if !linking.labelled.is_empty() %}

/// Returns the implementations of labelled imports.
pub trait Labelled {
{%- for implemented in linking.labelled %}
{%- let is_last_interface = loop.last %}
{%- for label in implemented.labels %}
    /// Implements `{{ label.name }}`.
    type {{ label.ty }}: {{ implemented.path }}::Host + 'static;

    /// Returns the implementation of `{{ label.name }}`.
    fn {{ label.function }}(&mut self) -> &mut Self::{{ label.ty }};
{%- if !(loop.last && is_last_interface) %}
{# #}
{%- endif %}
{%- endfor %}
{%- endfor %}
}
{%- endif %}
{%- if !linking.is_empty() %}

/// Adds everything that the world imports.
///
/// # Errors
///
/// If the linker rejects an import, such as an interface that it already has.
#[rustfmt::skip]
pub fn add_to_linker<T>(linker: &mut Linker<T>) -> wasmtime::Result<()>
where
{%- if linking.has_store_for_data %}
    for<'a> HasSelf<T>: HasData<Data<'a> = &'a mut T>,
{%- endif %}
    T: {% if linking.has_wasi %}WasiView + {% endif %}{% if linking.has_http %}WasiHttpView + {% endif %}{% if !linking.labelled.is_empty() %}Labelled + {% endif %}Send + 'static,
{%- for implemented in linking.implemented %}
    T: {{ implemented.traits[0] }},
{%- if let Some(name) = implemented.all_with_store %}
    HasSelf<T>: {{ name }}<T>,
{%- endif %}
{%- endfor %}
{%- for implemented in linking.labelled %}
{%- if let Some(name) = implemented.all_with_store %}
{%- for label in implemented.labels %}
    for<'a> HasSelf<T::{{ label.ty }}>: HasData<Data<'a> = &'a mut T::{{ label.ty }}>,
    HasSelf<T::{{ label.ty }}>: {{ name }}<T>,
{%- endfor %}
{%- endif %}
{%- endfor %}
{
{%- for part in linking.parts %}
    use {{ part.module }}::{% raw %}{{% endraw %}{{ part.data }}, {{ part.view }}{% raw %}}{% endraw %};
{%- endfor %}
{%- if !linking.parts.is_empty() %}
{# #}
{%- endif %}
{%- for alias in linking.aliases %}
    use {{ alias.krate }}::{{ alias.line }}::bindings as {{ alias.name }};
{%- endfor %}
{%- if !linking.aliases.is_empty() && (linking.has_io || !linking.implemented.is_empty()) %}
{# #}
{%- endif %}
{%- if linking.has_io %}
    fn table<T: WasiView>(data: &mut T) -> &mut ResourceTable {
        data.ctx().table
    }
{%- endif %}
{%- if !linking.implemented.is_empty() %}
    fn itself<T>(data: &mut T) -> &mut T {
        data
    }
{%- endif %}
{%- if linking.has_names() %}
{# #}
{%- endif %}
{%- for added in linking.wasi %}
{%- if !added.has_options %}
    {{ added.path }}::add_to_linker::<T, {{ added.data }}>(linker, {{ added.getter }})?;
{%- else %}
    let {% if added.switch.is_some() %}mut {% endif %}options = {{ added.path }}::LinkOptions::default();
{%- if let Some(switch) = added.switch %}
    options.{{ switch }}(true);
{%- endif %}
    {{ added.path }}::add_to_linker::<T, {{ added.data }}>(linker, &options, {{ added.getter }})?;
{%- endif %}
{%- endfor %}
{%- for implemented in linking.implemented %}
    {{ implemented.path }}::{{ implemented.function }}::<T, HasSelf<T>>(linker, itself)?;
{%- endfor %}
{%- for implemented in linking.labelled %}
{%- for label in implemented.labels %}
    let mut instance = linker.instance("{{ label.name }}")?;
    {{ implemented.path }}::add_to_linker_instance::<T, HasSelf<T::{{ label.ty }}>>(&mut instance, Labelled::{{ label.function }})?;
{%- endfor %}
{%- endfor %}
    Ok(())
}
{%- endif %}
