//! Sends each request to one server, as a side call.
//!
//! The message that was received is the one that is sent: only its target changes. A new one would lose the length of the
//! body, and whether there is one. The duties of a proxy, such as `Via` and `Max-Forwards`, are those of the members before
//! this one.

use std::sync::OnceLock;

mod forwarder;
use forwarder::bindings::exports;
use forwarder::bindings::wasi::http::client;
use forwarder::bindings::wasi::http::types::{ErrorCode, Method, Request, Response, Scheme};
use forwarder::bindings::witgen::forwarder::configuration::{Server, get_server};

struct Forwarder;

impl exports::wasi::http::handler::Guest for Forwarder {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        static SERVER: OnceLock<Server> = OnceLock::new();
        set_target(&request, SERVER.get_or_init(get_server))?;
        client::send(request).await
    }
}

/// Sets the target of a request: the same resource on the server.
fn set_target(request: &Request, server: &Server) -> Result<(), ErrorCode> {
    let base = &server.base_path;
    let old = request.get_path_with_query();
    let path = match (old.as_deref(), request.get_method()) {
        // RFC 9110, section 9.3.6: CONNECT requests a tunnel, which components can't use.
        (_, Method::Connect) => return Err(ErrorCode::HttpRequestMethodInvalid),
        // RFC 9112, section 3.2.4: this is about the server as a whole. Hosts don't let components set `*`.
        (None | Some("*"), Method::Options) => None,
        // RFC 9110, section 7.7: an empty path is `/`.
        (None, _) => Some([base, "/"].concat()),
        (Some(query), _) if query.starts_with('?') => Some([base, "/", query].concat()),
        (Some(_), _) if base.is_empty() => None,
        (Some(path), _) => Some([base, path].concat()),
    };
    if let Some(path) = path {
        request
            .set_path_with_query(Some(&path))
            .map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
    }
    let scheme = if server.is_https {
        Scheme::Https
    } else {
        Scheme::Http
    };
    request
        .set_scheme(Some(&scheme))
        .and_then(|()| request.set_authority(Some(&server.authority)))
        .map_err(|()| ErrorCode::ConfigurationError)
}

#[cfg(target_arch = "wasm32")]
forwarder::bindings::export!(Forwarder with_types_in forwarder::bindings);
