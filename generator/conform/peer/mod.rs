//! The parties of a case that the suite plays: a client, and servers behind the component.

pub mod client;
mod places;
mod server;
mod silent;

pub use places::{Places, SILENT, free_address};
pub use server::Server;
pub use silent::silent_address;
