//! Which component a request goes to, by its host and its path.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::header::HOST;
use http::{Request, StatusCode};
use witgen::chain_file::normalized_path;

use super::error_response;
use super::rate_limit::RateLimit;
use super::route_name::RouteName;
use crate::proxy::{Proxy, Response};

/// Components, and the requests that each one handles. Of several routes for a request, one for its exact host precedes those
/// for a wildcard, and these one for any host. A longer wildcard precedes a shorter one; then a longer path precedes a shorter
/// one.
///
/// ```
/// use witgen_serve::server::{Route, Routes};
/// # use witgen_serve::proxy::Proxy;
/// # fn example(web: Proxy, api: Proxy) -> Routes {
/// Routes::default()
///     .route(Route::to(web).host("example.com"))
///     .route(Route::to(api).host("example.com").path("/api"))
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Routes {
    exact: HashMap<String, Vec<Route>>,
    /// By the end of the host, `.example.com`, the longest first.
    wildcards: Vec<(String, Vec<Route>)>,
    any: Vec<Route>,
}

/// A component, and the requests that go to it.
#[derive(Clone, Debug)]
pub struct Route {
    pub(super) proxy: Proxy,
    /// In lower case.
    host: Option<String>,
    /// Normalized, without a trailing slash.
    path: String,
    pub(super) name: Option<Arc<RouteName>>,
    /// Whether the server is an intermediary for these requests.
    pub(super) forwards: bool,
    limits: Vec<Arc<RateLimit>>,
}

impl Route {
    /// A route for all requests.
    pub fn to(proxy: Proxy) -> Self {
        Route {
            proxy,
            host: None,
            path: String::new(),
            name: None,
            forwards: true,
            limits: Vec::new(),
        }
    }

    /// Restricts the route to a host, on any port: `example.com`, or `*.example.com` for all of its subdomains.
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(normalized_host(host).into_owned());
        self
    }

    /// Restricts the route to a path, and those below: `/api` is also for `/api/items`, and not for `/apis`.
    pub fn path(mut self, path: &str) -> Self {
        self.path = normalized_path(path).trim_end_matches('/').to_owned();
        self
    }

    /// Names the chain for observers.
    pub fn named(mut self, chain: &str) -> Self {
        let (host, path) = (self.host.as_deref().unwrap_or_default(), self.path.as_str());
        let path = if path.is_empty() { "/" } else { path };
        self.name = Some(Arc::new(RouteName {
            chain: chain.to_owned(),
            route: format!("{host}{path}"),
            host: self.host.clone(),
            path: path.to_owned(),
        }));
        self
    }

    /// Sets whether the component forwards requests, so that the server is an intermediary
    /// ([`Server::forwards_as`](super::Server::forwards_as)); otherwise it is their recipient.
    pub fn forwards(mut self, forwards: bool) -> Self {
        self.forwards = forwards;
        self
    }

    /// Limits the rate of the route's requests, of all clients together. Routes can share a limit, and a route can have
    /// several. Further requests receive status 429 with `Retry-After` (RFC 6585, section 4).
    pub fn rate_limit(mut self, limit: Arc<RateLimit>) -> Self {
        self.limits.push(limit);
        self
    }

    /// Counts a request. `Err` is the time until the next one is allowed.
    pub(super) fn check_rate(&self) -> Result<(), Duration> {
        self.limits.iter().try_for_each(|limit| limit.check())
    }

    /// Whether a normalized path is the route's, or below it.
    fn matches(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str())
            .is_some_and(|rest| self.path.is_empty() || rest.is_empty() || rest.starts_with('/'))
    }
}

impl Routes {
    /// Adds a route. Of two for the same requests, the first one counts.
    pub fn route(mut self, route: Route) -> Self {
        let same_host = match &route.host {
            None => &mut self.any,
            Some(host) => match host.strip_prefix('*') {
                None => self.exact.entry(host.clone()).or_default(),
                Some(end) => {
                    let at = match self.wildcards.iter().position(|(own, _)| own == end) {
                        Some(at) => at,
                        None => {
                            let longer = |(own, _): &(String, _)| own.len() >= end.len();
                            let at = self.wildcards.partition_point(longer);
                            self.wildcards.insert(at, (end.to_owned(), Vec::new()));
                            at
                        }
                    };
                    &mut self.wildcards[at].1
                }
            },
        };
        let at = same_host.partition_point(|own| own.path.len() >= route.path.len());
        same_host.insert(at, route);
        self
    }

    /// Returns the names of the routes that have one, in no particular order.
    ///
    /// ```
    /// # use witgen_serve::server::Routes;
    /// assert_eq!(Routes::default().names().count(), 0);
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &Arc<RouteName>> {
        let wildcards = self.wildcards.iter().map(|(_, routes)| routes);
        let by_host = self.exact.values().chain(wildcards).chain([&self.any]);
        by_host.flatten().filter_map(|route| route.name.as_ref())
    }

    /// Returns the route of a request.
    ///
    /// # Errors
    ///
    /// If there is none, the response to send: 421 if no route is for the host, so that the client may try another
    /// connection (RFC 9110, section 15.5.20), and 404 if none is for the path.
    pub(super) fn find<B>(&self, request: &Request<B>) -> Result<&Route, Box<Response>> {
        // The usual case.
        if let ([route], true, true) = (
            self.any.as_slice(),
            self.exact.is_empty(),
            self.wildcards.is_empty(),
        ) && route.path.is_empty()
        {
            return Ok(route);
        }
        let path = normalized_path(request.uri().path());
        let host = host(request);
        let exact = host.as_deref().and_then(|host| self.exact.get(host));
        let wildcards = self.wildcards.iter().filter(|(end, _)| {
            let has_label =
                |host: &str| host.strip_suffix(end.as_str()).is_some_and(|it| !it.is_empty());
            host.as_deref().is_some_and(has_label)
        });
        let any = (!self.any.is_empty()).then_some(&self.any);
        let by_host = exact.into_iter().chain(wildcards.map(|(_, routes)| routes)).chain(any);
        let mut is_host_known = false;
        for routes in by_host {
            is_host_known = true;
            if let Some(route) = routes.iter().find(|route| route.matches(&path)) {
                return Ok(route);
            }
        }
        let (status, reason) = if is_host_known {
            (StatusCode::NOT_FOUND, "no route for this path")
        } else {
            (StatusCode::MISDIRECTED_REQUEST, "no route for this host")
        };
        Err(Box::new(error_response::with_reason(status, reason)))
    }
}

/// Returns the host that a request names, without its port.
fn host<B>(request: &Request<B>) -> Option<Cow<'_, str>> {
    let host = match request.uri().host() {
        Some(host) => host,
        // The target `*` has none.
        None => {
            let value = request.headers().get(HOST)?.to_str().ok()?;
            match value.rfind(':').filter(|colon| !value[*colon..].contains(']')) {
                Some(colon) => &value[..colon],
                None => value,
            }
        }
    };
    (!host.is_empty()).then(|| normalized_host(host))
}

/// Returns a host in the form for comparisons: lower case, without a trailing dot (RFC 3986, section 3.2.2).
fn normalized_host(host: &str) -> Cow<'_, str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        host.to_ascii_lowercase().into()
    } else {
        host.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_without_case_and_port() {
        let request = |uri: &str, host: Option<&str>| {
            let mut request = Request::builder().uri(uri);
            if let Some(host) = host {
                request = request.header(HOST, host);
            }
            request.body(()).unwrap()
        };
        for (uri, header, expected) in [
            ("http://A.example:80/", None, Some("a.example")),
            ("http://a.example./", None, Some("a.example")),
            ("http://[::1]:80/", None, Some("[::1]")),
            ("*", Some("a.example:80"), Some("a.example")),
            ("*", Some("[::1]"), Some("[::1]")),
            ("*", Some(""), None),
            ("/", None, None),
        ] {
            let request = request(uri, header);
            assert_eq!(host(&request).as_deref(), expected, "{uri}");
        }
    }
}
