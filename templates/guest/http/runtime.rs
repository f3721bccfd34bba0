//! The part of guest glue that doesn't depend on a world, made by witgen {{ witgen_version }}; do not edit.
//!
//! The glue of other worlds can use it instead of a copy of its own: `witgen rust --runtime` takes the
//! path of this module. `guest/mod.rs` explains what it does to messages.

mod guest;
mod message;

pub use guest::*;
