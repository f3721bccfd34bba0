//! Runs components that export `handler` of `wasi:http@0.3`, in terms of the crate `http`, on wasmtime 48.
//!
//! Glue of a world is a thin layer on this: its [`World`] lists the world's names and peers, and its builder has a method
//! for each peer. Glue of several worlds can share one runtime, and then has one [`Upstream`], one [`Body`] and one
//! [`Limits`]: a request of one is a request of the other.
//!
//! # The treatment of messages
//!
//! - Bodies are streams in both directions. A body that the component forwards unread is not copied.
//! - Hop-by-hop headers are removed from what the component receives: `Connection` and those that it names,
//!   `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding`, `Upgrade`, `HTTP2-Settings`, and `TE` unless it is
//!   `trailers` (RFC 9110, section 7.6.1). wasmtime also removes `Proxy-Authenticate` and `Proxy-Authorization`.
//! - A message has at most one `Content-Length`. Equal ones are merged; it is removed from responses with
//!   `Transfer-Encoding` or status 204 (RFC 9110, section 8.6; RFC 9112, section 6.3). For an upstream's response with
//!   different ones, or with a transfer coding other than `chunked`, the component receives an error.
//! - `Host` becomes the authority of a request whose URI has none (RFC 9112, section 3.3).
//! - The component receives the errors of its upstreams, and the caller those of the component, as the same
//!   `error-code`.
//!
//! # Instances
//!
//! Instances are made when requests arrive, and reused; [`Reuse`] limits how long. If a component traps, the requests of
//! that instance end with `internal-error`, and [`Builder::on_failure`] receives the reason. [`Limits`] are the limits of
//! an instance and of the time that a request may take.

mod addresses;
mod body;
mod builder;
mod checked_body;
mod clock;
mod connections;
mod content_length;
mod cpu_time;
mod engine;
mod error;
mod error_code;
mod handler;
mod inbound;
mod instance_failure;
mod instance_state;
mod instances;
mod limits;
mod linking;
mod member_calls;
mod member_handlers;
mod members;
mod messages;
mod network;
mod request_handle;
mod source;
mod starts;
mod state;
mod tasks;
mod timeouts;
mod total_memory;
mod transmission;
mod unsent;
mod upstream;
mod usage;
mod wasi_0_2;
mod world;

pub use body::{Body, Request, Response};
pub use builder::Builder;
pub use connections::ConnectionLimit;
pub use engine::config;
pub use error::{BuildError, BuildErrorKind};
pub use handler::Handler;
pub use inbound::Inbound;
pub use instance_failure::InstanceFailure;
pub use instances::Reuse;
pub use limits::Limits;
pub use member_calls::CallObserver;
pub use members::can_be_labelled;
pub use network::HttpUpstream;
pub use source::Source;
pub use state::State;
pub use total_memory::TotalMemory;
pub use unsent::Unsent;
pub use upstream::{Denied, Upstream, upstream};
pub use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
pub use world::{Peer, World, is_wasi_0_2};
