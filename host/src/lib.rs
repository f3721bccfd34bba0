//! The reference host for components of `wasi:http`: services, and proxies with an origin.
//!
//! [`proxy`] is the host glue that witgen makes for the world `proxy`, [`runtime`] is what it runs on, and [`server`] puts
//! a component over HTTP. [`origin`] has origins that are several servers.
//!
//! Glue of other worlds can run on the same runtime, with `witgen rust --host --runtime witgen_serve::runtime`.

pub use witgen_runtime::host as runtime;

pub mod origin;
pub mod proxy;
pub mod server;
