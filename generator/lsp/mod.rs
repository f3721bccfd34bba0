//! A language server for WIT: `witgen lsp`.
//!
//! `server` receives messages and responds to them in order; a request that is cancelled before its turn gets no response.
//! `workspace` has the open documents and reads the others, `index` has the meaning of names, and `loads` has resolved
//! packages. `checks` decides which packages and settings are checked, `analysis` finds their problems, and `published` records
//! which source reports which problem. Each feature is a file in `features`. Slow work runs on a thread of its own: the
//! `commands`, by `jobs`, and the checks of relations and baselines.

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
