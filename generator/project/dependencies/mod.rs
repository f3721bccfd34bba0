//! The dependencies of a package: what its manifest and its WIT name, and changes of both.
//!
//! ```no_run
//! use witgen::project::dependencies::{Addition, PackageDir, add};
//! use witgen::registry::Registries;
//!
//! let dir = PackageDir::find(".".as_ref(), None)?;
//! let change = add(&dir, &["wasi:clocks@0.3".parse::<Addition>()?], &Registries::default())?.change;
//! change.write(&Default::default())?;
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

mod add;
mod change;
mod dir;
mod manifest_text;
mod outdated;
mod path;
mod remove;
mod tracked;
mod update;
mod uses;

pub use add::{Added, Addition, Additions, add};
pub use change::Change;
pub use dir::PackageDir;
pub(super) use dir::requirements;
pub use outdated::{Status, outdated};
pub use remove::{Removal, remove};
pub use update::{Move, Update, UpdateOptions, update};
