//! The language server, as a client sees it.

mod client;
mod features;
mod names;
mod robustness;
