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

mod hop;
mod member;
mod source;

pub use hop::{DENY, HopArgument, chain, chain_with};
pub(crate) use member::free_name;
pub use member::{ReadFile, member, member_argument, members, members_with};
pub use source::{Found, find, find_here, source};
pub(crate) use source::{find_named, no_package};
