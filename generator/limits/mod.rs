//! Limits on packages, far above what people write.
//!
//! witgen's own computations take time and memory in proportion to the package. The libraries that it builds on do more for
//! some packages. They call themselves for each type in a type, and a stack overflow can't be caught. Or they write out a type
//! wherever it is used, so that thirty records with two fields of the record before have a thousand million parts. witgen
//! measures such a package before the libraries get it, and rejects it with the name and the place of the excessive item.
//! `docs/limits.md` lists the bounds.

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
