//! Hosts: how they are started, watched and ended.

mod output;
mod process;
mod profile;

pub use output::Output;
pub use process::{Ended, Process, StartError, Started};
pub use profile::{Profile, names as profile_names};
