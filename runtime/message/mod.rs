//! HTTP messages as both sides of a component see them.

pub mod hop_by_hop;
pub mod target;
