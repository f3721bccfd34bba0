//! Sets of files: planned, checked and written.
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
//! A run writes only files that changed, each to a temporary file first and then by rename, so that a crash leaves the old file
//! or the new one. Runs that write into one directory wait for each other, and remove the temporary files that killed runs have
//! left. The record [`RECORD`] lists the files that witgen wrote. A file that it doesn't list is overwritten only with `force`.
//! A listed file that is no longer generated is removed, unless the user changed it.

mod check;
mod failure;
mod lock;
mod plan;
mod record;
mod rewrite;
mod set;
pub(crate) mod temporary;
mod unchanged;
mod write;

pub(crate) use failure::io_error;
pub use plan::{Plan, WriteOptions};
pub use record::RECORD;
pub(crate) use record::recorded_files;
pub use rewrite::rewrite_file;
pub(crate) use rewrite::rewrite_files;
pub use set::FileSet;
pub(crate) use set::path_in;
pub(crate) use unchanged::unchanged_files;
pub use write::write_file;
pub(crate) use write::write_sets;
