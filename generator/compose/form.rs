//! The form of a composition that another tool wants: its next hop as a world has it, and WASI in one version.

use semver::Version;

/// The world whose next hop a composition presents as its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// One that imports `wasi:http/handler`.
    Middleware,
    /// One that imports `wasi:http/origin`.
    Proxy,
    /// One without a next hop.
    Service,
}

impl Form {
    /// The name of the world: `middleware`.
    pub fn name(self) -> &'static str {
        match self {
            Form::Middleware => "middleware",
            Form::Proxy => "proxy",
            Form::Service => "service",
        }
    }
}

/// How a composition is presented; by default as it is linked.
#[derive(Clone, Debug, Default)]
pub(super) struct Presentation {
    pub form: Option<Form>,
    /// The version of all packages of WASI 0.3.
    pub version: Option<Version>,
}

impl Presentation {
    /// Whether anything has another name than in the linked composition.
    pub fn is_default(&self) -> bool {
        self.form.is_none() && self.version.is_none()
    }
}
