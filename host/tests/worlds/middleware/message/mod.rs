//! HTTP messages as both sides of a component see them.

pub mod connection;
pub mod target;
