//! Names of routes, for observers.

/// The name of a route in the log and metrics.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RouteName {
    /// The chain that requests go to.
    pub chain: String,
    /// The requests that the route is for: `example.com/api`.
    pub route: String,
    /// The host of these requests, or `*.example.com` for all of its subdomains; `None` for any.
    pub host: Option<String>,
    /// The beginning of their path: `/api`.
    pub path: String,
}
