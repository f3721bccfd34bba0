//! Guest glue of the world `{{ header.world }}`, made by witgen {{ header.witgen_version }}; do not edit.
//!
//! This folder is the module `{{ header.module }}` of a crate whose `Cargo.toml` has
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies.wit-bindgen]
//! version = "0.63"
//! default-features = false
//! features = ["async", "async-spawn", "bitflags", "realloc", "std"]
//! ```
{%- if has_own_exports || !traits.is_empty() %}
//!
//! Implement for a type of yours, and hand that to `{{ header.module_name }}::export!`:
//!
{%- if has_own_exports %}
//! - [`Guest`] for what the world itself exports
{%- endif %}
{%- for reexport in traits %}
//! - [`{{ reexport.name }}`] for `{{ reexport.id }}`
{%- endfor %}
{%- endif %}
{%- if !interfaces.is_empty() %}
//!
//! Call:
//!
{%- for reexport in interfaces %}
//! - [`{{ reexport.name }}`] for `{{ reexport.id }}`
{%- endfor %}
{%- endif %}

/// The bindings as wit-bindgen makes them.
#[rustfmt::skip]
#[allow(missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;

#[allow(unused_imports)]
pub use bindings::*;
{%- for reexport in traits %}

/// The trait to implement for the export `{{ reexport.id }}`.
#[allow(unused_imports)]
pub use bindings::{{ reexport.path }}::Guest as {{ reexport.name }};
{%- endfor %}
{%- for reexport in interfaces %}

/// The functions of the import `{{ reexport.id }}`.
#[allow(unused_imports)]
pub use bindings::{{ reexport.path }}{% if reexport.is_renamed %} as {{ reexport.name }}{% endif %};
{%- endfor %}
