//! Host glue of worlds besides `proxy`, as witgen makes it.

#[allow(dead_code, reason = "compiled, and not run")]
pub mod all;
pub mod edge;
pub mod middleware;
pub mod service;
