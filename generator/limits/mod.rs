//! Bounds on packages, far above what people write.
//!
//! What witgen itself computes takes time and memory in proportion to the package. The libraries that it builds on
//! do more for some packages: they call themselves for each type in a type, and a stack overflow can't be caught;
//! or they write out a type wherever it is used, so that thirty records with two fields of the record before
//! have a thousand million parts. Such a package is measured before they get it, and rejected with the name and the
//! place of the item that is too large. `docs/limits.md` lists the bounds.

mod excess;
mod graph;
mod nesting;
mod parameters;
mod size;
mod worlds;

pub(crate) use graph::Graph;
pub(crate) use nesting::{MAX_NESTING, find_deep};
pub(crate) use parameters::find_many_parameters;
pub(crate) use size::{Sizes, more_parts};
pub(crate) use worlds::find_large_worlds;
