//! Methods and schemes, as they are in scripts and reports: `get`, `other("FROB")`.

use crate::glue::bindings::wasi::http::types::{Method, Scheme};
use crate::text::quoted;

/// Returns the case that is written in lower case, as WIT has it; anything else is `other`.
pub fn method(written: &str) -> Method {
    match written {
        "get" => Method::Get,
        "head" => Method::Head,
        "post" => Method::Post,
        "put" => Method::Put,
        "delete" => Method::Delete,
        "connect" => Method::Connect,
        "options" => Method::Options,
        "trace" => Method::Trace,
        "patch" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

pub fn method_text(method: &Method) -> String {
    let name = match method {
        Method::Get => "get",
        Method::Head => "head",
        Method::Post => "post",
        Method::Put => "put",
        Method::Delete => "delete",
        Method::Connect => "connect",
        Method::Options => "options",
        Method::Trace => "trace",
        Method::Patch => "patch",
        Method::Other(other) => return ["other(", &quoted(other.as_bytes()), ")"].concat(),
    };
    name.to_owned()
}

/// Returns the case that is written as WIT has it; anything else is `other`.
pub fn scheme(written: &str) -> Scheme {
    match written {
        "HTTP" => Scheme::Http,
        "HTTPS" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    }
}

pub fn scheme_text(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Http => "HTTP".to_owned(),
        Scheme::Https => "HTTPS".to_owned(),
        Scheme::Other(other) => ["other(", &quoted(other.as_bytes()), ")"].concat(),
    }
}
