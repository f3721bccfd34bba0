//! Host glue of the world `wasi:http/service@0.3.3`, made by witgen 0.1.0; do not edit.
//!
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
//! features = ["p3"]
//!
//! [dependencies.wasmtime-wasi-http]
//! version = "48"
//! default-features = false
//! features = ["component-model-async", "p3"]
//! ```
//!
//! It is for wasmtime 48, whose WASI 0.3 is called experimental, unstable and incomplete by its
//! makers: not bound to semantic versioning, and not ready for production.
//!
//! ```ignore
//! mod service;
//! use service::Service;
//!
//! let engine = wasmtime::Engine::new(&service::config())?;
//! let service = Service::builder(&engine, Path::new("service.wasm"))
//!     .build()?;
//! let response = service.handle(request).await?;
//! ```
//!
//! # What a component is given
//!
//! - `wasi:http/client@0.3.3`: the [`Upstream`] of [`Builder::client`]; denied without
//! - `wasi:cli@0.3.2`: wasmtime's
//! - `wasi:clocks@0.3.2`: wasmtime's
//! - `wasi:random@0.3.2`: wasmtime's
//! - `wasi:http/types@0.3.3`: wasmtime's
//! - what [`Builder::link`] adds
//!
//! # What the glue does to messages
//!
//! - Bodies are streams in both directions. One that the component hands on unread is not copied.
//! - Fields that belong to one connection are taken out of what the component receives: `Connection`
//!   and those that it names, `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding`, `Upgrade`,
//!   `HTTP2-Settings`, and `TE` unless it is `trailers` (RFC 9110, section 7.6.1). wasmtime takes out
//!   `Proxy-Authenticate` and `Proxy-Authorization` besides.
//! - `Host` becomes the authority of a request whose URI has none (RFC 9112, section 3.3).
//! - An error of an upstream is seen by the component, and one of the component by the caller, as the
//!   `error-code` that it is.
//!
//! # Instances
//!
//! Instances are made when requests come, and reused: [`Reuse`] says how long. A component that traps
//! ends the requests of that instance with `internal-error`; [`Builder::on_failure`] is told why.
//! [`Limits`] say what an instance may use, and how long a request may take.

// An embedder uses what it needs of this.
#![allow(dead_code, unused_imports)]

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use wasmtime::{Config, Engine};
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::handler::ProxyHandler;

mod addresses;
mod body;
mod builder;
mod error;
mod failure;
mod instances;
mod limits;
mod linking;
mod members;
mod message;
mod network;
mod source;
mod state;
mod tasks;
mod timeouts;
mod upstream;
mod whole;
mod world;

pub use body::Body;
pub use builder::Builder;
pub use error::{BuildError, BuildErrorKind};
pub use instances::Reuse;
use instances::{Arrival, Waiting};
pub use limits::Limits;
pub use network::HttpUpstream;
pub use source::Source;
pub use state::State;
pub use tasks::Inbound;
pub use upstream::{Denied, Upstream, upstream};
pub use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

/// A request, as it goes into a component and as it comes out of one.
///
/// ```ignore
/// let request: Request = http::Request::get("http://example.com/").body(Body::empty())?;
/// ```
pub type Request = http::Request<Body>;

/// A response, as it comes out of a component and as it goes into one.
///
/// ```ignore
/// let response: Response = Response::new("hello".into());
/// ```
pub type Response = http::Response<Body>;

/// How an engine has to be configured; to be changed further, and given to [`Engine::new`].
///
/// ```ignore
/// let mut config = service::config();
/// config.max_wasm_stack(256 << 10);
/// let engine = wasmtime::Engine::new(&config)?;
/// ```
pub fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    // Without it, nothing ends a component that computes without end.
    config.epoch_interruption(true);
    config
}

/// A component of the world `wasi:http/service@0.3.3` and its peers, at work.
///
/// Clones are cheap, and are the same component. It is an [`Upstream`] itself, and so can be another
/// one's next hop.
///
/// ```ignore
/// let response = service.handle(request).await?;
/// ```
#[derive(Clone)]
pub struct Service {
    handler: ProxyHandler<instances::Instances>,
}

impl Service {
    /// Begins with a component: a file's path, what is in the file, or what wasmtime has made of it.
    ///
    /// ```ignore
    /// let builder = Service::builder(&engine, "component.wasm");
    /// ```
    pub fn builder<'a>(engine: &'a Engine, component: impl Into<Source<'a>>) -> Builder<'a> {
        Builder::new(engine, component.into())
    }

    /// Gives the component a request, and returns its response as soon as there is one; both bodies
    /// may still run then.
    ///
    /// # Errors
    ///
    /// The component's own; `HTTP-request-URI-invalid` for a `Host` that is repeated or not one;
    /// `HTTP-protocol-error` for a response that is none, since its status is 1xx;
    /// `HTTP-response-timeout` where none has come in the time that [`Limits`] give;
    /// `connection-limit-reached` where [`Reuse`] allows no further instance; `internal-error` where the
    /// component, instead of answering, ended.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, since instances run as tasks of one.
    ///
    /// ```ignore
    /// use http_body_util::BodyExt as _;
    ///
    /// let response = service.handle(request).await?;
    /// let content = response.into_body().collect().await?.to_bytes();
    /// ```
    pub async fn handle<B>(&self, request: http::Request<B>) -> Result<Response, ErrorCode>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let mut request = linking::given(request.map(Body::new))?;
        let method = request.method().clone();
        let limit = self.handler.state().setup.limits.response;
        let begin = Instant::now();
        let arrival = Arc::new(Arrival::new(Inbound::of(request.extensions_mut())));
        let mut waiting = Waiting(Some(arrival.clone()));
        let (head, body) = request.into_parts();
        let wrong_length = Error::HttpRequestBodySize;
        let body = whole::given(body.into_inner(), &head.headers, wrong_length, None);
        let request = http::Request::from_parts(head, body);
        let response = self.handler.handle(arrival.clone(), request);
        // Its instance may be busy with itself, and not get around to saying so.
        let response = tokio::time::timeout(limit, response).await;
        waiting.0 = None;
        if response.is_err() {
            arrival.give_up(false);
        }
        let response = match response {
            Ok(Ok(response)) => response,
            // What ends an instance at that time is that it was at an end.
            Ok(Err(_)) if begin.elapsed() >= limit => return Err(ErrorCode::HttpResponseTimeout),
            Ok(Err(error)) => return Err(instances::failure(error)),
            Err(_) => return Err(ErrorCode::HttpResponseTimeout),
        };
        // RFC 9110, section 15.2: nothing would follow.
        if response.status().is_informational() {
            return Err(ErrorCode::HttpProtocolError);
        }
        if whole::is_without_content(&method, response.status()) {
            return Ok(response.map(|_| Body::empty()));
        }
        let fate = arrival.fate.get().cloned().unwrap_or_default();
        let (head, body) = response.into_parts();
        let wrong_length = Error::HttpResponseBodySize;
        let body = whole::checked(body, &head.headers, fate, wrong_length, None);
        let body = match &arrival.inbound {
            Some(inbound) => Body::new(inbound.keep(body)),
            None => body,
        };
        Ok(Response::from_parts(head, body))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Upstream for Service {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, ErrorCode>> + Send {
        self.handle(request)
    }
}
