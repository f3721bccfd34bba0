//! Names in generated Rust, as both sides' glue decides them: which names are free in a scope, which
//! modules clash, and which short names a front door has.

mod clashing_modules;
mod identifier;
mod scope;
mod short;

pub(super) use clashing_modules::{InterfaceModules, clashing_modules};
pub(super) use identifier::is_identifier;
pub(super) use scope::Scope;
pub(super) use short::{Named, Reexport, reexports, short_to_long};
