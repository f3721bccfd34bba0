//! Hosts: how they are started, watched and ended.

mod output;
mod process;
mod profile;

pub use output::Output;
pub use process::{Process, StartError};
pub use profile::{Profile, names as profile_names};
