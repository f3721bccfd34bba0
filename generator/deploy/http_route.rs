//! Routes of the Gateway API: all lead to the Service, whose pods choose the chain.

use std::collections::BTreeMap;
use std::net::IpAddr;

use askama::Template;

use super::pod::Pod;
use super::problems::Problems;
use super::yaml::Text;
use crate::chain_file::{ChainFile, Setting};
use crate::diagnostic::Place;

/// The number of paths that one route can have.
const MAX_PATHS: usize = 64;
/// The length of a path.
const MAX_PATH: usize = 1024;

/// The routes of a file.
#[derive(Template)]
#[template(path = "deploy/kubernetes/gateway/http-route.yaml", escape = "none")]
pub(super) struct HttpRoutes {
    service: Text,
    port: u16,
    routes: Vec<HttpRoute>,
}

struct HttpRoute {
    name: Text,
    host: Option<Text>,
    /// The beginnings of paths; `/` for all.
    paths: Vec<Text>,
}

impl HttpRoutes {
    /// Returns the routes to a Service; none if a Gateway can't send requests to it.
    pub fn of(
        name: &str,
        file: &ChainFile,
        pod: &Pod,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let Some(port) = pod.ports.iter().find(|port| port.is_plain()) else {
            let listener = file.contents().listeners.first();
            let place = listener.map_or(Place::path(file.path()), |it| file.place(&it.address));
            problems.warn(
                place,
                "no route of a Gateway leads to the chains: all listeners have `tls` or `proxy-protocol`".to_owned(),
                "add a listener with neither, and leave TLS to the Gateway",
            );
            return None;
        };
        let mut routes = Vec::new();
        for (host, paths) in hosts(file, problems) {
            for paths in paths.chunks(MAX_PATHS) {
                routes.push(HttpRoute {
                    name: Text::new(numbered(name, routes.len())),
                    host: host.as_ref().map(Text::new),
                    paths: paths.iter().map(Text::new).collect(),
                });
            }
        }
        Some(HttpRoutes {
            service: Text::new(name),
            port: port.written,
            routes,
        })
    }
}

/// Returns the name of one of several resources of a kind. No other deployment has it: names have no two hyphens in a row.
pub(super) fn numbered(name: &str, index: usize) -> String {
    match index {
        0 => name.to_owned(),
        index => format!("{name}--{}", index + 1),
    }
}

/// Returns the paths of each host.
fn hosts(file: &ChainFile, problems: &mut Problems<'_>) -> BTreeMap<Option<String>, Vec<String>> {
    let mut hosts: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    let contents = file.contents();
    for route in &contents.routes {
        let host = route.host.as_ref().map(normal);
        let path = route.path.as_ref().map_or("/", |path| path.as_str());
        let wrong_host = route.host.as_ref().filter(|host| !is_host_name(&normal(host)));
        let wrong_path = route.path.as_ref().filter(|path| !is_path(path));
        for setting in wrong_host.into_iter().chain(wrong_path) {
            let message = format!("no route of a Gateway can have `{}`", **setting);
            problems.warn(
                file.place(setting),
                message,
                "send these requests to the Service by other means than a Gateway",
            );
        }
        if wrong_host.is_some() || wrong_path.is_some() {
            continue;
        }
        let paths = hosts.entry(host).or_default();
        if !paths.iter().any(|other| other == path) {
            paths.push(path.to_owned());
        }
    }
    if contents.routes.is_empty() {
        hosts.insert(None, vec!["/".to_owned()]);
    }
    for paths in hosts.values_mut() {
        if paths.iter().any(|path| path == "/") {
            *paths = vec!["/".to_owned()];
        }
    }
    hosts
}

/// Returns a host in lower case, without a trailing dot.
fn normal(host: &Setting<String>) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a Gateway knows a host by this name (Gateway API, `Hostname`): no address, and no underscores.
fn is_host_name(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_label = |label: &str| {
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        label.bytes().all(is_part) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.parse::<IpAddr>().is_err() && name.split('.').all(is_label)
}

/// Whether a route of a Gateway can have a path (Gateway API, `HTTPPathMatch`).
fn is_path(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let is_ambiguous = ["//", "/./", "/../", "%2f"].iter().any(|part| lower.contains(part))
        || ["/.", "/.."].iter().any(|end| lower.ends_with(end));
    path.len() <= MAX_PATH && !is_ambiguous
}
