//! New versions of a package, and releases.
//!
//! [`bump`] moves a package to another version. A release also promotes features, makes the outputs again, and writes down
//! what has changed. Both are planned completely before anything is written, and change all files or none.

mod bump;
mod change;
mod decision;
mod location;
mod texts;
mod wanted;

pub use bump::{Bump, BumpOptions, BumpVerdict, bump};
pub use change::FileChange;
pub use wanted::Wanted;
