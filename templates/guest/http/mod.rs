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
//! [`testing`] stands in for what the component would reach.
{%- if has_handler %}
//!
//! Implement [`Handler`], and name the type in `{{ header.module_name }}::export!`:
//!
//! ```ignore
//! mod {{ header.module_name }};
{%- if let Some(hop) = next_hop %}
//! use {{ header.module_name }}::{ErrorCode, Handler, Request, Response, {{ hop.kind.name }}};
//!
//! struct Stamp;
//!
//! impl Handler for Stamp {
//!     async fn handle(request: Request) -> Result<Response, ErrorCode> {
//!         let mut response = {{ hop.kind.name }}::{{ hop.kind.function }}(request).await?;
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
//! - [`{{ hop.kind.name }}::{{ hop.kind.function }}`] for {% if hop.kind.is_side_call %}side calls, to anywhere{% else %}the next hop{% endif %}: `{{ hop.id }}`
{%- endfor %}
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
//! What else the world has to call:
//!
{%- for reexport in interfaces %}
//! - [`{{ reexport.name }}`] for `{{ reexport.id }}`
{%- endfor %}
{%- endif %}
//!
//! # What the glue does to messages
//!
//! - A body that nobody reads is passed on without a byte of it entering this component: [`Body`].
//! - Fields that belong to one connection are taken out of every message that leaves: `Connection`
//!   and those that it names, `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding`, `Upgrade`,
//!   `HTTP2-Settings`, and `TE` unless it is `trailers` (RFC 9110, section 7.6.1). A field that the
//!   host refuses besides is an error that names the field.
//! - `Host` becomes the authority of a request whose URI has none, and is left out of what is sent
//!   (RFC 9112, section 3.2).
//! - [`RequestOptions`] in a request's extensions are sent on with it.

// A component uses what it needs of this.
#![allow(dead_code, unused_imports, unused_macros)]

/// The bindings as wit-bindgen makes them.
#[rustfmt::skip]
#[allow(missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;

mod body;
#[cfg(target_arch = "wasm32")]
mod convert;
mod fields;
{%- if has_handler %}
mod handler_export;
{%- endif %}
#[cfg(target_arch = "wasm32")]
mod incoming;
mod message;
mod options;
#[cfg(target_arch = "wasm32")]
mod outgoing;
{%- if forwards %}
mod unread;
{%- endif %}
{% for hop in hops %}
pub mod {{ hop.kind.name }};
{% endfor %}
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use bindings::{{ types }}::ErrorCode;
pub use body::Body;
{%- if has_handler %}
pub use handler_export::Handler;
{%- endif %}
pub use options::RequestOptions;
{%- if forwards %}
pub use unread::{Forwarder, UnreadRequest, UnreadResponse};
{%- endif %}
{%- for reexport in traits %}

/// What `{{ reexport.id }}` exports, to be implemented.
pub use bindings::{{ reexport.path }}::Guest as {{ reexport.name }};
{%- endfor %}
{%- for reexport in interfaces %}

/// What `{{ reexport.id }}` imports, to be called.
pub use bindings::{{ reexport.path }}{% if reexport.is_renamed %} as {{ reexport.name }}{% endif %};
{%- endfor %}

/// A request, as it is received and as it is sent.
pub type Request = http::Request<Body>;

/// A response, as it is received and as it is sent.
pub type Response = http::Response<Body>;
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
            fn is_exportable<T: {% for bound in bounds %}{% if !loop.first %} + {% endif %}$($path)*::{{ bound }}{% endfor %}>() {}
            is_exportable::<$type>();
        };
    };
}

pub(crate) use export_to_world as export;
{%- endif %}
