//! The bindings of `{{ types.id }}`, wherever they are in the bindings.

pub use super::bindings::{{ types.path }}::*;
pub use super::bindings::{wit_future, wit_stream};

/// The package that the bindings are made from. Glue of another version can't share this runtime.
pub const PACKAGE: &str = "{{ package() }}";
