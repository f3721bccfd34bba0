//! The language server, as a client sees it.

mod client;
mod diagnostics;
mod features;
mod names;
mod robustness;
mod session;
mod settings;
