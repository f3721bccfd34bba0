//! A type that needs another name.

use wit_parser::TypeId;

/// A type whose name in Rust meets another one.
pub(in crate::emit::rust_host) struct Clash {
    pub id: TypeId,
    /// One sentence: the name, and what has it.
    pub text: String,
}
