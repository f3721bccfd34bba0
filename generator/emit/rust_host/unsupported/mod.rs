//! Valid WIT that wasmtime 48's `bindgen!` doesn't support, found and explained before `bindgen!` runs.
//!
//! One file a case. A release of wasmtime that learns a case is a reason to delete its file.

use super::analysis::Analysis;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::emit::unsupported::{self, Finding};
use crate::source::Package;

mod accessors;
mod clashing_modules;
mod enum_sizes;
mod error_context_fields;
mod function_names;
mod large_types;
mod long_tuples;
mod rust_keywords;
mod twice_imported;
mod type_names;

/// Finds one kind of item that `bindgen!` doesn't support.
type Case = fn(&Analysis<'_>) -> Vec<Finding>;

/// Every case, in the order of the reports.
const CASES: &[Case] = &[
    accessors::find,
    rust_keywords::find,
    clashing_modules::find,
    twice_imported::find,
    type_names::find,
    function_names::find,
    enum_sizes::find,
    error_context_fields::find,
    long_tuples::find,
    large_types::find,
];

/// Fails if the world has anything that `bindgen!` doesn't support, and reports all of it. Its items
/// are the package's, or a part of them, as `bindgen!` reads them.
pub(super) fn refuse(package: &Package, analysis: &Analysis<'_>) -> Result<()> {
    let world = &analysis.world;
    let failure = Diagnostic::error(
        codes::UNSUPPORTED_BY_WASMTIME,
        format!(
            "wasmtime 48's bindgen! can't generate Rust bindings for `{}`",
            package.world_id(world.id)
        ),
    );
    let findings = CASES.iter().flat_map(|find| find(analysis)).collect();
    unsupported::refuse(package, world, findings, failure)
}
