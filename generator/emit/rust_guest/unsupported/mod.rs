//! Valid WIT that wit-bindgen 0.63 doesn't support, found and explained before wit-bindgen runs.
//!
//! One file a case. A release of wit-bindgen that learns a case is a reason to delete its file.

use wit_parser::WorldId;

use crate::diagnostic::{Diagnostic, Result, codes};
use crate::emit::unsupported::{self, Finding};
use crate::emit::world::World;
use crate::source::Package;

mod borrows_in_export_lists;
mod error_context_result;
mod exported_symbols;
mod fixed_length_borrows;
mod fixed_length_lowering;
mod large_types;

/// Finds one kind of item that wit-bindgen doesn't support.
type Case = fn(&World<'_>) -> Vec<Finding>;

/// Every case, in the order of the reports.
const CASES: &[Case] = &[
    exported_symbols::find,
    error_context_result::find,
    fixed_length_borrows::find,
    fixed_length_lowering::find,
    borrows_in_export_lists::find,
    large_types::find,
];

/// Fails if the world has anything that wit-bindgen doesn't support, and reports all of it.
pub(super) fn refuse(package: &Package, id: WorldId) -> Result<()> {
    let world = World {
        resolve: package.resolve(),
        id,
    };
    let failure = Diagnostic::error(
        codes::UNSUPPORTED_BY_WIT_BINDGEN,
        format!(
            "wit-bindgen 0.63 can't generate Rust bindings for `{}`",
            package.world_id(id)
        ),
    );
    let findings = CASES.iter().flat_map(|find| find(&world)).collect();
    unsupported::refuse(package, &world, findings, failure)
}
