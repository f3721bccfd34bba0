//! Files that are not on the disk yet, and the one way there.
//!
//! ```
//! use witgen::fileset::{FileSet, WriteOptions};
//!
//! let dir = tempfile::tempdir().unwrap();
//! let mut files = FileSet::new();
//! files.insert("src/mod.rs", "// made\n");
//! let written = files.write(dir.path(), &WriteOptions::default())?;
//! assert_eq!(written.created, ["src/mod.rs"]);
//! assert!(files.check(dir.path())?.is_empty());
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```
//!
//! A run writes only what changed, each file beside its place first and then by rename, so that
//! a crash leaves the old file or the new one. Which files are ours stands in a record beside them,
//! [`RECORD`]: a file that isn't in it is never overwritten unless asked, and one that is in it and
//! no longer made is removed unless somebody changed it.

mod check;
mod failure;
mod plan;
mod record;
mod set;
mod write;

pub(crate) use failure::refused;
pub use plan::{Plan, WriteOptions};
pub use record::RECORD;
pub(crate) use record::made_in;
pub use set::FileSet;
pub use write::write_file;
