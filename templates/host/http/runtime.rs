//! The runtime of host glue, the same for every world, made by witgen {{ witgen_version }}; do not edit.
//!
//! `host/mod.rs` describes what happens to messages, and how long instances are kept.
//!
//! Glue of further worlds can use it too: `witgen rust --host --runtime PATH`, with the path of this module.

mod host;
mod message;

pub use host::*;
