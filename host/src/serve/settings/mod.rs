//! The settings of the server: from the command line, or from a `chain.toml` whose settings options replace.

mod chains;
mod command;
mod listeners;
mod options;
mod pools;
mod problems;
mod rates;
mod read;
mod source;

pub use command::Command;
pub use listeners::ListenerSettings;
pub use pools::ChainPools;
pub use rates::RatedPart;
pub use read::Settings;
pub use source::{ChainSettings, ChainSource};
