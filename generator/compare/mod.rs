//! Whether two items are equal, and how they differ.
//!
//! All code that compares items of models uses this module. The callers differ in two points. A [`Correspondence`] decides when
//! two names stand for the same type. And each caller uses a difference in its own way:
//!
//! - [`Types`] compares types and definitions, each pair of definitions once.
//! - [`Types::functions`] lists the ways in which two functions differ.
//! - [`first_mismatch`] and [`changes`] say how two lists of fields, cases, flags or parameters differ: where
//!   they part, or what has happened to each.
//! - [`pair`] matches the items of two interfaces or worlds by name.

mod functions;
mod pairs;
mod parts;
mod types;

pub(crate) use functions::FunctionDifference;
pub(crate) use pairs::pair;
pub(crate) use parts::{Mismatch, Part, PartChange, changes, first_mismatch, params, parts};
pub(crate) use types::{Correspondence, Types, Verdict, WithinModel};
