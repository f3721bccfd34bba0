//! The bindings of `wasi:http/types@0.3.1002`, wherever they are in the bindings.

pub use super::bindings::wasi::http::types::*;
pub use super::bindings::{wit_future, wit_stream};

/// The package that the bindings are made from. Glue of another version can't share this runtime.
pub const PACKAGE: &str = "wasi:http@0.3.1002";
