//! Host glue of several worlds in one program.
//!
//! `service`, `middleware` and `edge` share the runtime of `witgen_serve`; `first` and `second` have their own, as glue in
//! two crates of a program would.
#![cfg(feature = "glue")]

mod place;

pub use place::Region;

// The modules of the glue, wherever it was generated.
include!(env!("WITGEN_WORLDS"));
