//! Host glue of worlds besides `proxy`, as witgen makes it.

pub mod middleware;
pub mod service;
