//! One WIT package is the source of truth; witgen derives the rest from it.
//!
//! ```text
//! Source ──load──▶ Package ──describe──▶ Model ──emit──▶ FileSet ──▶ write | check | print
//!                     └────────────emit────────────────────▲
//! ```
//!
//! The emitters of glue for Rust read the package itself; the others read the model.
//!
//! Everything that the command line does can be called. Generating the guest glue of the
//! `proxy` world from the package that ships with the crate:
//!
//! ```
//! use witgen::emit::rust_guest;
//! use witgen::source::{Features, Source};
//!
//! let package = witgen::source::load(&Source::Embedded, &Features::default())?;
//! let world = package.select_world(Some("proxy"))?;
//! let files = rust_guest::render(package, world, &rust_guest::Options::default())?;
//! assert!(files.get("mod.rs").unwrap().contains("Handler"));
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

pub mod build;
mod built_for;
pub mod chain_file;
pub mod cli;
mod compare;
pub mod compat;
pub mod component;
pub mod compose;
pub mod config;
#[cfg(feature = "conform")]
pub mod conform;
mod decode;
pub mod deploy;
pub mod diagnostic;
mod edit;
pub mod emit;
pub mod explain;
mod extern_names;
pub mod fileset;
pub mod format;
mod git;
mod limits;
pub mod lint;
pub mod locate;
pub mod lsp;
pub mod model;
mod names;
mod own_files;
mod panics;
mod parts;
mod paths;
pub mod project;
pub mod provenance;
mod read;
pub mod registry;
pub mod relation;
pub mod release;
mod rfc;
pub mod source;
pub mod syntax;
mod template;
mod undecodable;

/// The README's example is a test too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
