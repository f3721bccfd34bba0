//! Names of routes, for observers.

/// What the log and metrics call a route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteName {
    /// The chain that requests go to.
    pub chain: String,
    /// The requests that the route is for: `example.com/api`.
    pub route: String,
}
