//! New versions of a package, and releases.
//!
//! [`bump()`] moves a package to another version. [`release()`] also promotes features, makes the outputs again, and writes down
//! what has changed. Both plan everything before anything is written, and change all files or none.

mod bump;
mod change;
pub(crate) mod changelog;
mod changelog_file;
mod date;
mod decision;
mod git;
mod location;
mod next;
mod on_disk;
mod plan;
mod promotion;
mod texts;
mod wanted;

pub use bump::{Bump, BumpOptions, BumpVerdict, bump};
pub use change::FileChange;
pub use date::{day_of, parse_day};
pub use plan::{ReleaseOptions, ReleasePlan, ReleaseVerdict, release};
pub use promotion::Promotion;
pub use texts::User;
pub use wanted::Wanted;
