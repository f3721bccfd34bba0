//! The forwarder: a service of ours that sends each request to one server, as a side call.
//!
//! Its source is in `guest/`, and `forwarder.wasm` is built from it. A second component, generated for each server,
//! exports the configuration that it imports.

use std::fmt;
use std::str::FromStr;

use askama::Template;
use semver::Version;
use url::{Host, Url};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::externs::{ExternNames, Import};
use super::member::Member;
use super::name::{HANDLER, at_version};
use super::renamed;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::panics::call;

/// The component without its configuration.
const FORWARDER: &[u8] = include_bytes!("forwarder.wasm");
const WIT: &str = include_str!("wit/configuration.wit");
const CONFIGURATION: &str = "witgen:forwarder/configuration@0.1.0";

/// A server of `http` or `https`, for open next hops to lead to.
///
/// ```
/// use witgen::compose::Server;
///
/// let server: Server = "https://backend.example:8443/base/".parse()?;
/// assert_eq!(server.to_string(), "https://backend.example:8443/base");
/// assert!("backend:8080".parse::<Server>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    is_https: bool,
    /// The host, and the port if it isn't the default one.
    authority: String,
    /// The path that precedes that of each request, without a trailing slash.
    base_path: String,
}

impl FromStr for Server {
    type Err = String;

    /// Parses the URL of a server. The error says what to write.
    fn from_str(url: &str) -> std::result::Result<Self, String> {
        const FORM: &str = "write it as http://HOST:PORT or https://HOST";
        // The parser of browsers accepts much that is no URL (WHATWG URL Standard, section 4.4).
        let (scheme, rest) = url.split_once("://").ok_or(FORM)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let is_written = |c: char| c.is_ascii_graphic() && c != '\\' || !c.is_ascii();
        if end == 0 || !url.chars().all(is_written) {
            return Err(FORM.to_owned());
        }
        if rest[..end].contains('@') {
            return Err("leave out the user: it would not be sent".to_owned());
        }
        let parsed = Url::parse(url).map_err(|error| format!("{error}; {FORM}"))?;
        let is_https = match parsed.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(format!("`{scheme}` is not supported; {FORM}")),
        };
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(
                "leave out the query and the fragment: each request has its own".to_owned(),
            );
        }
        let host = parsed.host().ok_or(FORM)?;
        let is_valid = match &host {
            // `1.2.3` would become `1.2.0.3`.
            Host::Ipv4(address) => rest[..end].starts_with(&address.to_string()),
            Host::Ipv6(_) => true,
            Host::Domain(name) => is_host_name(name),
        };
        if !is_valid || parsed.port() == Some(0) {
            return Err(format!(
                "`{}` is no host and port of a server; {FORM}",
                &rest[..end]
            ));
        }
        let port = parsed.port().map_or_else(String::new, |port| format!(":{port}"));
        Ok(Server {
            is_https,
            authority: format!("{host}{port}"),
            base_path: parsed.path().trim_end_matches('/').to_owned(),
        })
    }
}

/// Whether a name can be that of a host (RFC 1123, section 2.1), with underscores and a trailing dot allowed.
fn is_host_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !label.is_empty() && label.len() <= 63 && label.bytes().all(is_part)
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.base_path)
    }
}

/// Returns a member that forwards requests to a server. It has the version of `wasi:http` that the other members have.
///
/// # Errors
///
/// None that users can cause.
pub(super) fn member(name: &str, server: &Server, version: Option<&Version>) -> Result<Member> {
    let component = call(|| with_configuration(&configuration(server)?, version));
    let component = component.map_err(|error| internal(&format!("{error:#}")))?;
    Ok(Member::new(name, &component)?.from_place(Place::argument(server.to_string())))
}

fn internal(error: &str) -> Failure {
    let message = format!("the forwarder can't be made: {error}");
    Diagnostic::error(codes::INTERNAL_ERROR, message)
        .help("this is a bug in witgen; please report it with the URL")
        .into()
}

/// A core module that returns the configuration from its memory.
#[derive(Template)]
#[template(path = "compose/configuration.wat", escape = "none")]
struct Configuration {
    function: String,
    /// Where the server is in memory, in bytes.
    at: u32,
    /// The server and its texts, as text has bytes: `\01\00`.
    server: String,
}

/// Where the server is in memory: aligned for its fields.
const ADDRESS: u32 = 16;
/// How many bytes the record has: a boolean and two strings, aligned to 4 (Component Model, CanonicalABI.md, "Element
/// Size").
const RECORD_SIZE: u32 = 20;

impl Configuration {
    fn of(server: &Server) -> anyhow::Result<Self> {
        let mut bytes = vec![u8::from(server.is_https), 0, 0, 0];
        let mut texts: Vec<u8> = Vec::new();
        for text in [&server.authority, &server.base_path] {
            let at = ADDRESS + RECORD_SIZE + u32::try_from(texts.len())?;
            bytes.extend(at.to_le_bytes());
            bytes.extend(u32::try_from(text.len())?.to_le_bytes());
            texts.extend(text.as_bytes());
        }
        bytes.extend(texts);
        Ok(Configuration {
            function: format!("{CONFIGURATION}#get-server"),
            at: ADDRESS,
            server: bytes.iter().map(|byte| format!("\\{byte:02x}")).collect(),
        })
    }
}

/// Returns a component that exports the configuration.
fn configuration(server: &Server) -> anyhow::Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("configuration.wit", WIT)?;
    let world = resolve.select_world(&[package], None)?;
    let mut module = wat::parse_str(Configuration::of(server)?.render()?)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    ComponentEncoder::default().module(&module)?.encode()
}

/// Links the forwarder to its configuration.
fn with_configuration(configuration: &[u8], version: Option<&Version>) -> anyhow::Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut instantiate = |name: &str, component: &[u8]| -> anyhow::Result<_> {
        let package = Package::from_bytes(name, None, component, graph.types_mut())?;
        let package = graph.register_package(package)?;
        Ok(graph.instantiate(package))
    };
    let configuration = instantiate("witgen:configuration", configuration)?;
    let forwarder = instantiate("witgen:forwarder", FORWARDER)?;
    let exported = graph.alias_instance_export(configuration, CONFIGURATION)?;
    graph.set_instantiation_argument(forwarder, CONFIGURATION, exported)?;
    let exports = ExternNames::of(FORWARDER).map_err(anyhow::Error::msg)?.exports;
    for name in exports.iter().filter(|name| name.starts_with(HANDLER)) {
        let handler = graph.alias_instance_export(forwarder, name)?;
        graph.export(handler, name.as_str())?;
    }
    let component = graph.encode(EncodeOptions::default())?;
    let Some(version) = version else {
        return Ok(component);
    };
    let ExternNames { imports, exports } =
        ExternNames::of(&component).map_err(anyhow::Error::msg)?;
    let of_http = |name: &str| match name.starts_with("wasi:http/") {
        true => at_version(name, version),
        false => name.to_owned(),
    };
    let imports: Vec<_> = imports
        .into_iter()
        .map(|import| {
            let name = of_http(&import.name);
            (import.clone(), Import { name, ..import })
        })
        .collect();
    let exports: Vec<_> = exports.into_iter().map(|name| (name.clone(), of_http(&name))).collect();
    renamed::externs(&component, &imports, &exports).map_err(anyhow::Error::msg)
}
