//! The parties of a case that the suite plays: a client, and servers behind the component.

pub mod client;
mod places;
mod server;

pub use places::{Places, free_address};
pub use server::Server;
