//! Emitters: from a package to files that are not on the disk yet.

pub mod rust_guest;
