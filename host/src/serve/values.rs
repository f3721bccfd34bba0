//! Values of the command line.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use bytesize::ByteSize;
use http::Uri;
use http::uri::PathAndQuery;
use witgen::locate::{ClientArgument, HopArgument};

use super::policy::normalize_host;

/// The longest delay before the server stops.
const MAX_DRAIN_DELAY: Duration = Duration::from_secs(3600);

/// Sends the side calls for a host to another server.
#[derive(Clone, Debug)]
pub struct Route {
    /// In lower case.
    pub host: String,
    pub server: Uri,
}

/// A variable of a member's environment.
#[derive(Clone, Debug)]
pub struct Variable {
    pub member: String,
    pub key: String,
    pub value: String,
}

impl fmt::Display for Variable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Variable { member, key, value } = self;
        write!(formatter, "{member}:{key}={value}")
    }
}

/// Parses a size in bytes.
pub fn size(text: &str) -> Result<ByteSize, String> {
    text.parse::<ByteSize>()
        .map_err(|_| "write it as 64KiB, 1MiB or 2GB".to_owned())
}

/// Parses a duration above zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("the value must be more than 0".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; write it as 500ms, 30s or 2m")),
    }
}

/// Parses a number above zero.
pub fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("the value must be more than 0".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{error}")),
    }
}

/// Checks the URL of a server.
pub fn server(url: &str) -> Result<Uri, String> {
    let uri: Uri = url.parse().map_err(|error| format!("{error}"))?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err("leave out the user: it would not be sent".to_owned());
    }
    if uri.query().is_some() {
        return Err("leave out the query: each request has its own".to_owned());
    }
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some() => Ok(uri),
        _ => Err("write it as http://HOST:PORT or https://HOST".to_owned()),
    }
}

/// Checks the path of health checks.
pub fn health_path(path: &str) -> Result<PathAndQuery, String> {
    match path.parse() {
        Ok(target) if path.starts_with('/') && !path.contains('#') => Ok(target),
        _ => Err("write it as /healthz".to_owned()),
    }
}

/// Parses `MEMBER.NAME=URL` or `MEMBER.NAME=FILE`: where a next hop leads.
pub fn hop(text: &str) -> Result<HopArgument, String> {
    let hop: HopArgument = text
        .parse()
        .map_err(|()| "write it as MEMBER.NAME=URL, or MEMBER.NAME=FILE".to_owned())?;
    hop.url().map(server).transpose()?;
    Ok(hop)
}

/// Parses `MEMBER=FILE` or `MEMBER=deny`: where the side calls of a member go.
pub fn client(text: &str) -> Result<ClientArgument, String> {
    text.parse().map_err(|()| "write it as MEMBER=FILE, or MEMBER=deny".to_owned())
}

/// Parses `HOST=URL`: the server for the side calls to a host.
pub fn route(text: &str) -> Result<Route, String> {
    match text.split_once('=') {
        Some((host, _)) if host.contains(['*', '/', ':']) && host.parse::<IpAddr>().is_err() => {
            Err("HOST has no port, path or `*`: a route is for all ports of one host".to_owned())
        }
        Some((host, url)) if !host.is_empty() => Ok(Route {
            host: normalize_host(host),
            server: server(url)?,
        }),
        _ => Err("write it as HOST=URL".to_owned()),
    }
}

/// Parses a delay of up to an hour: with more, a typing error would keep the server from stopping.
pub fn delay(text: &str) -> Result<Duration, String> {
    let delay = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write it as 500ms, 5s or 1m"))?;
    if delay > MAX_DRAIN_DELAY {
        return Err("the maximum is an hour".to_owned());
    }
    Ok(delay)
}

/// Parses the size of a request's head.
pub fn head_size(text: &str) -> Result<ByteSize, String> {
    match size(text)? {
        size if size < ByteSize::kib(8) => Err("the minimum is 8KiB".to_owned()),
        size => Ok(size),
    }
}

/// Parses `MEMBER:KEY=VALUE`, a variable of the environment of a member.
pub fn variable(text: &str) -> Result<Variable, String> {
    let parts = text.split_once(':').and_then(|(member, variable)| {
        let (key, value) = variable.split_once('=')?;
        Some((member, key, value))
    });
    match parts {
        Some((member, key, value)) if !member.is_empty() && !key.is_empty() => Ok(Variable {
            member: member.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("write it as MEMBER:KEY=VALUE".to_owned()),
    }
}

/// Parses a pseudonym, which is a token (RFC 9110, section 5.6.2).
pub fn pseudonym(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_token) {
        Ok(text.to_owned())
    } else {
        Err("it may have letters, digits, and signs such as - and .".to_owned())
    }
}
