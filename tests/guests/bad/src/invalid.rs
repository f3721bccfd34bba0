//! Messages that no host may let through, made without the glue, which doesn't make them.

use crate::service::runtime::wasi::{Fields, Method, Request, Response, Scheme, wit_future};

/// What the host says to each, in lines.
pub fn all() -> String {
    let mut said = Vec::new();
    let fields = Fields::new();
    for (name, value) in [
        ("", "empty name"),
        ("two words", "space in its name"),
        ("x:y", "colon in its name"),
        ("x-line", "a\r\nb: c"),
        ("x-nul", "a\0b"),
        ("Connection", "close"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "close"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "websocket"),
        ("host", "example.com"),
        ("http2-settings", "a"),
    ] {
        let result = fields.append(name, value.as_bytes());
        said.push(format!("{name:?} {value:?}: {result:?}"));
    }

    let (_, trailers) = wit_future::new(|| Ok(None));
    let (response, _) = Response::new(Fields::new(), None, trailers);
    for status in [0, 99, 1000, u16::MAX] {
        let result = response.set_status_code(status);
        said.push(format!("status {status}: {result:?}"));
    }

    let (_, trailers) = wit_future::new(|| Ok(None));
    let (request, _) = Request::new(Fields::new(), None, trailers, None);
    for method in ["", "two words", "a\r\nb"] {
        let result = request.set_method(&Method::Other(method.to_owned()));
        said.push(format!("method {method:?}: {result:?}"));
    }
    for scheme in ["a b", "a:"] {
        let result = request.set_scheme(Some(&Scheme::Other(scheme.to_owned())));
        said.push(format!("scheme {scheme:?}: {result:?}"));
    }
    for authority in ["a b", "a/b", "a:b:c"] {
        let result = request.set_authority(Some(authority));
        said.push(format!("authority {authority:?}: {result:?}"));
    }
    for path in ["/a b", "/a\r\nb: c", "/\0"] {
        let result = request.set_path_with_query(Some(path));
        said.push(format!("path {path:?}: {result:?}"));
    }
    said.join("\n")
}
