//! Valid WIT that wasmtime 48's `bindgen!` cannot turn into Rust: found before it is asked, and
//! explained.
//!
//! One file a case. A release of wasmtime that learns a case is a reason to delete its file.

use wit_parser::{Resolve, WorldId};

use crate::diagnostic::{Diagnostic, Result};
use crate::emit::unsupported::{self, Case, Direction, Finding, World};
use crate::source::Package;

mod accessors;
mod clashing_modules;
mod enum_sizes;
mod error_context_fields;
mod function_names;
mod long_tuples;
mod rust_keywords;
mod twice_imported;
mod type_names;
mod type_parameters;
mod variant_names;

/// Every case, in the order in which they are reported.
const CASES: &[Case] = &[
    accessors::find,
    rust_keywords::find,
    clashing_modules::find,
    twice_imported::find,
    type_names::find,
    variant_names::find,
    type_parameters::find,
    function_names::find,
    enum_sizes::find,
    error_context_fields::find,
    long_tuples::find,
];

/// Fails if a world of these items holds anything that `bindgen!` doesn't support, and says all of
/// it. The items are the package's, or a part of them, as `bindgen!` sees them.
pub(super) fn refuse(package: &Package, items: &Resolve, id: WorldId) -> Result<()> {
    let world = World { resolve: items, id };
    let failure = Diagnostic::error(
        "unsupported-by-wasmtime",
        format!(
            "wasmtime 48's bindgen! makes no Rust bindings of `{}`",
            package.world_id(id)
        ),
    );
    unsupported::refuse(package, &world, CASES, failure)
}
