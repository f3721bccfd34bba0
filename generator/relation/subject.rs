//! The checked package, and names in it.

use super::Relation;
use crate::diagnostic::Result;
use crate::model::{Index, Model, World};
use crate::source::Package;

/// The checked package, and names in it.
pub(super) struct Subject<'a> {
    pub package: &'a Package,
    pub model: &'a Model,
    pub index: Index<'a>,
}

impl<'a> Subject<'a> {
    /// Returns the world of a name that the relation has.
    pub fn world(&self, relation: &Relation, name: &str) -> Result<&'a World> {
        self.model
            .find_world(name)
            .map_err(|failure| failure.map(|error| relation.placed(error)))
    }
}
