//! A language server for WIT: `witgen lsp`.
//!
//! `server` receives messages and answers them one after the other; a request that is cancelled before its turn is not
//! answered. `workspace` has the open documents and reads the others, `index` knows what names mean, and `loads` has packages as
//! they resolve. `checks` decides which packages and settings are checked, `analysis` finds what is wrong with them, and
//! `published` keeps who reports which problem. Each feature is a file in `features`. What takes long runs on a thread of
//! its own: the `commands`, by `jobs`, and the checks of relations and baselines.

mod analysis;
mod at;
mod checks;
mod client;
mod commands;
mod document;
mod features;
mod file;
mod functions;
mod included;
mod index;
mod jobs;
mod loads;
mod nodes;
mod published;
mod read_only;
mod refusal;
mod server;
mod settings;
mod workspace;

pub use server::run;
