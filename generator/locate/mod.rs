//! Resolves names that users give on a command line or in `witgen.toml`.
//!
//! A name is a path, a git revision or a package of a registry, which is fetched.
//!
//! ```
//! use witgen::locate;
//! use witgen::registry::Registries;
//! use witgen::source::Source;
//!
//! let found = locate::find(Some("wit"), ".".as_ref(), &Registries::default())?;
//! assert_eq!(found.source, Source::Directory("wit".into()));
//! assert_eq!(found.why, "given by --wit");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

mod chain;
mod client;
mod hop;
mod member;
mod source;

pub use chain::ChainArguments;
pub use client::ClientArgument;
pub use hop::HopArgument;
pub use member::ReadFile;
pub(crate) use member::{component_bytes, of_reference};
pub use source::{Found, find, find_here, source};
pub(crate) use source::{embedded, find_named, in_folder, named_in, no_package};
