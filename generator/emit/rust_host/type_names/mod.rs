//! Types whose names in Rust meet others in their module: those of traits and structs that `bindgen!` makes
//! there, those that it writes without a path, and type parameters of its functions.
//!
//! A type other than a resource gets another name where `bindgen!` reads it: components don't know its name. A
//! resource is linked by its name, so it can't be renamed.

use super::analysis::functions::Function;
use crate::emit::world::World;

mod clash;
mod parameters;
mod taken;
mod written;

use clash::Clash;
pub(super) use taken::is_unqualified;

/// Returns the types whose names meet others.
pub(super) fn find(world: &World<'_>, functions: &[Function<'_>]) -> Vec<Clash> {
    let mut clashes = taken::find(world);
    clashes.extend(parameters::of_functions(world, functions));
    clashes.extend(parameters::of_derives(world));
    clashes
}
