//! Emitters: from a package to files that are not on the disk yet.

mod http_world;
pub mod rust_guest;
pub mod rust_host;
mod rust_names;
pub mod scaffold;
mod unsupported;
