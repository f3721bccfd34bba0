//! The language server, as a client sees it.

mod client;
mod commands;
mod diagnostics;
mod features;
mod fixes;
mod hints;
mod hover;
mod links;
mod names;
mod robustness;
mod session;
mod settings;
