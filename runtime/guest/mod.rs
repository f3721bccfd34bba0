//! The common part of the guest glue of all worlds: requests and responses of the crate `http`.
//!
//! # The treatment of messages
//!
//! - It forwards a body that the component doesn't read by its handle: [`Body`].
//! - It removes hop-by-hop fields from every message that is sent: `Connection` and the fields that
//!   it names, `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding`, `Upgrade`, `HTTP2-Settings`, and
//!   `TE` unless it is `trailers` (RFC 9110, section 7.6.1). If the host forbids another field, the
//!   error names it.
//! - It makes `Host` the authority of a request whose URI has none, and doesn't send `Host` itself
//!   (RFC 9112, section 3.2).
//! - It sends the [`RequestOptions`] in a request's extensions with the request.

// Parts of it run in wasm only, but compile everywhere.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

/// The bindings of `wasi:http/types` as wit-bindgen makes them.
#[rustfmt::skip]
#[allow(missing_docs, unused, unsafe_code, clippy::all, rustdoc::all)]
pub mod bindings;

mod aliases;
mod body;
mod convert;
pub mod env;
mod error;
#[cfg(target_arch = "wasm32")]
pub mod export;
mod fields;
mod handler;
mod incoming;
mod options;
mod outgoing;
pub mod output;
mod peer;
mod send;
mod stream;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod time;
mod transform;
mod unread;
pub mod wasi;

pub use aliases::{Request, Response};
pub use body::Body;
pub use error::Error;
pub use handler::{Forwarder, Handler};
pub use options::RequestOptions;
pub use peer::Peer;
pub use stream::BodyWriter;
pub use transform::ResponseExt;
pub use unread::{UnreadRequest, UnreadResponse};
pub use wasi::ErrorCode;
