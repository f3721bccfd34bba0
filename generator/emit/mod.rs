//! Emitters: from a package or its model to files that are not on the disk yet.

pub mod docs;
mod file_names;
mod glue_size;
pub mod golden;
pub(crate) mod http_world;
pub mod languages;
pub mod new_host;
mod owned_types;
pub mod runtime;
pub mod rust;
pub mod rust_guest;
pub mod rust_host;
pub(crate) mod rust_names;
pub mod scaffold;
pub mod type_options;
mod unsupported;
mod world;
