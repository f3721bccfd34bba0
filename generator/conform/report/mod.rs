//! Results as text: a table for people, JSON and JUnit for programs, findings for code scanning, and a matrix of hosts.

mod findings;
mod json;
mod junit;
mod matrix;
mod table;

pub use findings::findings;
pub use json::json;
pub use junit::junit;
pub use matrix::Matrix;
pub use table::{list, table};
