//! Host glue of the world `wasi:http/proxy@0.3.1002`, made by witgen 0.1.0; do not edit.
//!
//! It runs on the runtime at `crate::runtime`, which it can share with other worlds. It also needs the crates
//! `bytes`, `http`, `http-body`, `wasmtime` and `wasmtime-wasi` in the versions that the runtime has.
//!
//! The glue is for wasmtime 48. Its authors call its WASI 0.3 experimental, unstable and incomplete: it doesn't
//! follow semantic versioning, and isn't ready for production.
//!
//! ```ignore
//! mod proxy;
//! use proxy::Proxy;
//! use proxy::HttpUpstream;
//!
//! let engine = wasmtime::Engine::new(&proxy::config())?;
//! let proxy = Proxy::builder(&engine, Path::new("proxy.wasm"))
//!     .origin(HttpUpstream::new("http://127.0.0.1:3000".parse()?))
//!     .build()?;
//! let response = proxy.handle(request).await?;
//! ```
//!
//! # What a component is given
//!
//! - `wasi:http/origin@0.3.1002`: the [`Upstream`] of [`Builder::origin`]
//! - `wasi:http/client@0.3.1002`: the [`Upstream`] of [`Builder::client`]; denied without
//! - `wasi:cli@0.3.2`: wasmtime's
//! - `wasi:clocks@0.3.2`: wasmtime's
//! - `wasi:random@0.3.2`: wasmtime's
//! - `wasi:http/types@0.3.1002`: wasmtime's
//! - what [`Builder::link`] adds
//!
//! [`runtime`] describes what happens to messages, and how long instances are kept.

// An embedder uses what it needs of this.
#![allow(dead_code, unused_imports)]

mod component;
mod world;

pub use component::{Builder, Proxy};
pub use runtime::{
    Body, BuildError, BuildErrorKind, CallObserver, ConnectionLimit, Denied, ErrorCode,
    HttpUpstream, Inbound, InstanceFailure, Limits, Request, Response, Reuse, Source, State,
    TotalMemory, Upstream, config, upstream,
};

/// The runtime of the glue.
pub use crate::runtime;
