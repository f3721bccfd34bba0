//! Host glue of the world `{{ glue.world }}`, made by witgen {{ glue.witgen_version }}; do not edit.
//!
{%- if let Some(path) = shared_runtime %}
//! It runs on the runtime at `{{ path }}`, which it can share with other worlds. It also needs the crates
//! `bytes`, `http`, `http-body`, `wasmtime` and `wasmtime-wasi` in the versions that the runtime has.
//!
{%- else %}
//! This folder is one module of a crate whose `Cargo.toml` has
//!
//! ```toml
//! [dependencies]
//! bytes = "1"
//! http = "1"
//! http-body = "1"
//! http-body-util = "0.1"
//! hyper = "1"
//! hyper-rustls = { version = "0.27", default-features = false, features = ["http1", "http2", "ring", "tls12", "webpki-roots"] }
//! hyper-util = { version = "0.1", features = ["client-legacy", "http1", "http2", "tokio"] }
//! rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
//! tokio = { version = "1", features = ["rt-multi-thread", "sync", "time"] }
//! tower-service = "0.3"
//!
//! [dependencies.wasmtime]
//! version = "48"
//! default-features = false
//! features = ["async", "component-model", "component-model-async", "cranelift", "runtime", "std"]
//!
//! [dependencies.wasmtime-wasi]
//! version = "48"
//! default-features = false
//! features = ["p2", "p3"]
//!
//! [dependencies.wasmtime-wasi-http]
//! version = "48"
//! default-features = false
//! features = ["component-model-async", "p2", "p3"]
//! ```
//!
{%- endif %}
//! The glue is for wasmtime 48. Its authors call its WASI 0.3 experimental, unstable and incomplete: it doesn't
//! follow semantic versioning, and isn't ready for production.
//!
//! ```ignore
//! mod {{ glue.module_name }};
//! use {{ glue.module_name }}::{{ glue.type_name }};
{%- if glue.has_next_hop %}
//! use {{ glue.module_name }}::HttpUpstream;
{%- endif %}
//!
//! let engine = wasmtime::Engine::new(&{{ glue.module_name }}::config())?;
//! let {{ glue.module_name }} = {{ glue.type_name }}::builder(&engine, Path::new("{{ glue.module_name }}.wasm"))
{%- for hop in glue.hops %}
{%- if !hop.is_side_call %}
//!     .{{ hop.name }}(HttpUpstream::new("http://127.0.0.1:3000".parse()?))
{%- endif %}
{%- endfor %}
//!     .build()?;
//! let response = {{ glue.module_name }}.handle(request).await?;
//! ```
//!
//! # What a component is given
//!
{%- for hop in glue.hops %}
//! - `{{ hop.id }}`: the [`Upstream`] of [`Builder::{{ hop.name }}`]{% if hop.is_side_call %}; denied without{% endif %}
{%- endfor %}
{%- for package in glue.wasi %}
//! - `{{ package }}`: wasmtime's
{%- endfor %}
//! - `{{ glue.types }}`: wasmtime's
//! - what [`Builder::link`] adds
{%- if !glue.other_imports.is_empty() %}
//!
//! These imports of the world are the embedder's: [`State`] has to implement the traits that
//! [`imports`] lists, with data of its own in [`State::extensions`].
//!
{%- for other in glue.other_imports %}
//! - `{{ other }}`
{%- endfor %}
{%- endif %}
{%- if !glue.other_exports.is_empty() %}
//!
//! These exports of the world are not called by this glue:
//!
{%- for other in glue.other_exports %}
//! - `{{ other }}`
{%- endfor %}
{%- endif %}
//!
//! [`runtime`] describes what happens to messages, and how long instances are kept.

// An embedder uses what it needs of this.
#![allow(dead_code, unused_imports)]

mod component;
{%- if glue.has_other_imports() %}
pub mod imports;
{%- endif %}
{%- if shared_runtime.is_none() %}
pub mod runtime;
{%- endif %}
mod world;

pub use component::{ {{- own_types() -}} };
pub use runtime::{
    Body, BuildError, BuildErrorKind, CallObserver, ConnectionLimit, Denied, ErrorCode,
    HttpUpstream, Inbound, InstanceFailure, Limits, Request, Response, Reuse, Source, State,
    TotalMemory, Upstream, config, upstream,
};
{%- if let Some(path) = shared_runtime %}

/// The runtime of the glue.
pub use {{ path }}{% if !is_called_runtime() %} as runtime{% endif %};
{%- endif %}
