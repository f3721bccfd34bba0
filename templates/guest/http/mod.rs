//! Guest glue of the world `{{ header.world }}`, made by witgen {{ header.witgen_version }}; do not edit.
//!
//! This folder is the module `{{ header.module }}` of a crate whose `Cargo.toml` has
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib"]
//!
//! [dependencies]
//! bytes = "1"
//! http = "1"
//! http-body = "1"
//!
//! [dependencies.wit-bindgen]
//! version = "0.63"
//! default-features = false
//! features = ["async", "async-spawn", "realloc", "std"]
//! ```
//!
//! It builds for `wasm32-unknown-unknown`, `wasm32-wasip2` and `wasm32-wasip3`, and natively, where
//! [`testing`] replaces the component's imports.
{%- if has_handler %}
//!
//! Implement [`Handler`], and name the type in `{{ header.module_name }}::export!`:
//!
//! ```ignore
//! mod {{ header.module_name }};
{%- if let Some(hop) = next_hop %}
//! use {{ header.module_name }}::{ErrorCode, Handler, Request, Response, {{ hop.import.name }}};
//!
//! struct Stamp;
//!
//! impl Handler for Stamp {
//!     async fn handle(request: Request) -> Result<Response, ErrorCode> {
//!         let mut response = {{ hop.import.name }}::{{ hop.import.function }}(request).await?;
//!         response.headers_mut().insert("x-stamp", "1".parse().unwrap());
//!         Ok(response)
//!     }
//! }
//!
//! {{ header.module_name }}::export!(Stamp);
{%- else %}
//! use {{ header.module_name }}::{ErrorCode, Handler, Request, Response};
//!
//! struct Hello;
//!
//! impl Handler for Hello {
//!     async fn handle(_: Request) -> Result<Response, ErrorCode> {
//!         Ok(Response::new("hello".into()))
//!     }
//! }
//!
//! {{ header.module_name }}::export!(Hello);
{%- endif %}
//! ```
//!
//! With `impl Handler<Error>`, `handle` can use `?` on every type that implements [`std::error::Error`]: see
//! [`Error`].
{%- endif %}
{%- if forwards %}
//!
//! [`Forwarder`] is for components that hand on most messages without a look at them.
{%- endif %}
{%- if !hops.is_empty() %}
//!
//! Call:
//!
{%- for hop in hops %}
//! - [`{{ hop.import.name }}::{{ hop.import.function }}`] for {% if hop.import.is_side_call %}side calls, to anywhere{% else %}the next hop{% endif %}: `{{ hop.import.id }}`
{%- endfor %}
{%- endif %}
{%- if has_time %}
//!
//! [`time`] waits and measures, [`env`] has the configuration, and [`output`] writes to the log.
{%- else %}
//!
//! [`env`] has the configuration, and [`output`] writes to the log.
{%- endif %}
{%- if !traits.is_empty() %}
//!
//! Implement as well:
//!
{%- for reexport in traits %}
//! - [`{{ reexport.name }}`] for `{{ reexport.id }}`
{%- endfor %}
{%- endif %}
{%- if !interfaces.is_empty() %}
//!
//! Further imports of the world:
//!
{%- for reexport in interfaces %}
//! - [`{{ reexport.name }}`] for `{{ reexport.id }}`
{%- endfor %}
{%- endif %}
//!
//! [`runtime`] is the part of the glue that doesn't depend on the world, so the glue of several worlds
//! can share it. Its documentation explains what the glue does to messages; [`runtime::wasi`] has the
//! bindings of `{{ types_id }}`.

// A component uses what it needs of this.
#![allow(dead_code, unused_imports, unused_macros)]

/// The bindings as wit-bindgen makes them.
#[rustfmt::skip]
#[allow(missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;
{%- for hop in hops %}

pub mod {{ hop.import.name }};
{%- endfor %}
{%- if has_provided %}

#[cfg(not(target_arch = "wasm32"))]
mod native;
{%- endif %}
{%- if shared_runtime.is_none() %}

pub mod runtime;
{%- endif %}

#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
{%- if has_time %}

pub mod time;
{%- endif %}
{%- if let Some(path) = shared_runtime %}

pub use {{ path }}{% if !is_called_runtime() %} as runtime{% endif %};

// Handles of one version of the package mean nothing to another.
const _: () = assert!(
    matches!(runtime::wasi::PACKAGE.as_bytes(), b"{{ package }}"),
    "the shared runtime is not of {{ package }}: generate the glue of all worlds from one package"
);
{%- endif %}
{%- if has_handler %}

pub use runtime::Handler;
{%- endif %}
{%- if forwards %}
pub use runtime::{Forwarder, UnreadRequest, UnreadResponse};
{%- endif %}

pub use runtime::{
    Body, BodyWriter, Error, ErrorCode, Request, RequestOptions, Response, ResponseExt, env, output,
};
{%- for reexport in traits %}

/// The trait to implement for the export `{{ reexport.id }}`.
pub use bindings::{{ reexport.path }}::Guest as {{ reexport.name }};
{%- endfor %}
{%- for reexport in interfaces %}

/// The functions of the import `{{ reexport.id }}`.
{%- if self.is_provided(reexport) %}
#[cfg(target_arch = "wasm32")]
pub use bindings::{{ reexport.path }}{% if reexport.is_renamed %} as {{ reexport.name }}{% endif %};
#[cfg(not(target_arch = "wasm32"))]
pub use native::{{ reexport.name }};
{%- else %}
pub use bindings::{{ reexport.path }}{% if reexport.is_renamed %} as {{ reexport.name }}{% endif %};
{%- endif %}
{%- endfor %}
{%- if !bounds.is_empty() %}

/// Makes a type what this component exports: `{{ header.module_name }}::export!(Stamp);`
///
/// In a crate where this module is not `{{ header.module }}`, say where it is:
/// `glue::export!(Stamp with_types_in crate::glue);`
#[doc(hidden)]
#[cfg(target_arch = "wasm32")]
macro_rules! export_to_world {
    ($type:ident) => {
        {{ in_macro }}::export!($type with_types_in {{ in_macro }});
    };
    ($type:ident with_types_in $($path:tt)*) => {
{%- if let Some(handler) = handler %}
        impl $($path)*::bindings::{{ handler.path }}::Guest for $type {
            async fn handle(
                request: $($path)*::runtime::wasi::Request,
            ) -> Result<$($path)*::runtime::wasi::Response, $($path)*::ErrorCode> {
                $($path)*::runtime::export::{% if forwards %}forward{% else %}handle{% endif %}::<$type, _>(request).await
            }
        }
{%- endif %}
        $($path)*::bindings::export!($type with_types_in $($path)*::bindings);
    };
}

/// Outside of wasm there is nothing to export to; the type is checked.
#[doc(hidden)]
#[cfg(not(target_arch = "wasm32"))]
macro_rules! export_to_world {
    ($type:ident) => {
        {{ in_macro }}::export!($type with_types_in {{ in_macro }});
    };
    ($type:ident with_types_in $($path:tt)*) => {
        const _: fn() = || {
            fn is_exportable<T: {% for bound in bounds %}{% if !loop.first %} + {% endif %}$($path)*::{{ bound }}{% endfor %}{% if has_handler %}, E: Into<$($path)*::ErrorCode>{% endif %}>() {}
            is_exportable::<$type{% if has_handler %}, _{% endif %}>();
        };
    };
}

pub(crate) use export_to_world as export;
{%- endif %}
