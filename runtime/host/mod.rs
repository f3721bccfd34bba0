//! Runs components that export `handler` of `wasi:http@0.3`, in terms of the crate `http`, on wasmtime 48.
//!
//! Glue of a world is a thin layer on this: its [`World`] lists the world's names and peers, and its builder has a method
//! for each peer. Glue of several worlds can share one runtime, and then has one [`Upstream`], one [`Body`] and one
//! [`Limits`]: a request of one is a request of the other.
//!
//! # What happens to messages
//!
//! - Bodies are streams in both directions. One that the component hands on unread is not copied.
//! - Hop-by-hop headers are removed from what the component receives: `Connection` and those that it names,
//!   `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding`, `Upgrade`, `HTTP2-Settings`, and `TE` unless it is
//!   `trailers` (RFC 9110, section 7.6.1). wasmtime also removes `Proxy-Authenticate` and `Proxy-Authorization`.
//! - `Host` becomes the authority of a request whose URI has none (RFC 9112, section 3.3).
//! - An error of an upstream is seen by the component, and one of the component by the caller, as the
//!   `error-code` that it is.
//!
//! # Instances
//!
//! Instances are made when requests come, and reused: [`Reuse`] says how long. A component that traps
//! ends the requests of that instance with `internal-error`; [`Builder::on_failure`] is told why.
//! [`Limits`] say what an instance may use, and how long a request may take.

mod addresses;
mod body;
mod builder;
mod clock;
mod computing;
mod engine;
mod error;
mod failure;
mod handler;
mod instances;
mod limits;
mod linking;
mod members;
mod messages;
mod network;
mod source;
mod state;
mod tasks;
mod timeouts;
mod upstream;
mod usage;
mod whole;
mod world;

pub use body::{Body, Request, Response};
pub use builder::Builder;
pub use engine::config;
pub use error::{BuildError, BuildErrorKind};
pub use handler::Handler;
pub use instances::Reuse;
pub use limits::Limits;
pub use network::HttpUpstream;
pub use source::Source;
pub use state::State;
pub use tasks::Inbound;
pub use upstream::{Denied, Upstream, upstream};
pub use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
pub use world::{Peer, World};
