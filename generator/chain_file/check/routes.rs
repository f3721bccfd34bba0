//! Routes: which chain they lead to, and whether two claim the same requests.

use crate::chain_file::contents::{Contents, Route};
use crate::chain_file::document::invalid;
use crate::chain_file::route_path::normalized_path;
use crate::chain_file::setting::{Setting, Text};
use crate::diagnostic::{Diagnostic, codes};
use crate::names::suggest;

/// Reports routes to chains that don't exist, routes for the same requests, and several chains without routes.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let chains: Vec<&str> = contents.chains.keys().map(|name| name.as_str()).collect();
    let last = contents.chains.keys().max_by_key(|name| name.range.start);
    if let Some(name) = last
        && contents.routes.is_empty()
        && chains.len() > 1
    {
        let problem = invalid(
            "the file has several chains and no routes",
            text.place(name),
        )
        .help("add a section `[[routes]]` with `host` or `path`, and `chain`, for each");
        return vec![problem];
    }
    let mut problems = Vec::new();
    for (at, route) in contents.routes.iter().enumerate() {
        let chain = &route.chain;
        if !chain.is_empty() && !contents.chains.contains_key(chain.as_str()) {
            let message = format!("no chain is called `{}`", **chain);
            let error = Diagnostic::error(codes::UNKNOWN_CHAIN, message).at(text.place(chain));
            problems.push(error.help(suggest(chain, "chains", &chains)));
        }
        let same = contents.routes[..at].iter().find(|other| key(other) == key(route));
        problems.extend(same.map(|earlier| conflict(text, route, earlier)));
    }
    problems
}

/// Returns which requests a route is for.
fn key(route: &Route) -> (String, String) {
    let host = route.host.as_ref().map_or("", |host| host.as_str());
    let path = route.path.as_ref().map_or("", |path| path.as_str());
    (
        host.trim_end_matches('.').to_ascii_lowercase(),
        normalized_path(path).trim_end_matches('/').to_owned(),
    )
}

fn conflict(text: &Text, route: &Setting<Route>, earlier: &Setting<Route>) -> Diagnostic {
    let (host, path) = key(route);
    let requests = match (host.as_str(), path.as_str()) {
        ("", "") => "all requests".to_owned(),
        (host, path) => format!("requests to `{host}{path}`"),
    };
    let message = if *route.chain == *earlier.chain {
        format!("two routes claim {requests}")
    } else {
        format!(
            "the chains `{}` and `{}` both claim {requests}",
            *earlier.chain, *route.chain
        )
    };
    Diagnostic::error(codes::ROUTE_CONFLICT, message)
        .at(text.place(&route.chain))
        .at(text.place(&earlier.chain))
        .help("leave out one of the routes, or give it another `host` or `path`")
}
