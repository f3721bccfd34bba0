//! Names in generated Rust, for the glue of both sides: free names in a scope, clashing modules, and short names of the public
//! module; also documentation in a form that Rust accepts.

mod clashing_modules;
mod docs;
mod identifier;
mod scope;
mod short;

pub(super) use clashing_modules::{InterfaceModules, clashing_modules};
pub(super) use docs::{all_docs, make_docs_printable};
pub(crate) use identifier::ident;
pub(super) use identifier::{is_escaped, is_identifier};
pub(super) use scope::Scope;
pub(super) use short::{Named, Reexport, reexports, short_to_long};
