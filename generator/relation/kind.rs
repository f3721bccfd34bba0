//! The kinds of relations.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};

/// A property of items of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// What holds.
    pub kind: Kind,
    /// Where it is written down, for messages.
    pub place: Option<Place>,
}

/// The kinds of relations.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A world has everything that another one has.
    Extends {
        /// The world that has more.
        world: String,
        /// The world that it extends.
        base: String,
        /// Its additional items, if these must be exactly the given ones: `import origin`, `import primary: handler`.
        adds: Option<Vec<String>>,
    },
    /// Interfaces, or functions, are equal but for their names.
    SameShape(Vec<String>),
    /// A chain of components of these worlds is a component of a world, or is not.
    Composes {
        /// The worlds of its members, the outermost first.
        members: Vec<String>,
        /// Where next hops lead, by member and hop, such as `router.primary`: to a component of a world, by the world's name,
        /// to the host (`host`), or nowhere (`deny`). The others lead where `witgen compose` links them.
        hops: BTreeMap<String, String>,
        /// The world of the whole.
        world: String,
        /// Whether it is, or is not.
        is: bool,
    },
}

impl Relation {
    /// A relation that is written down nowhere.
    pub fn new(kind: Kind) -> Self {
        Relation { kind, place: None }
    }

    /// A finding with the relation's place.
    pub(super) fn placed(&self, finding: Diagnostic) -> Diagnostic {
        match &self.place {
            Some(place) => finding.at(place.clone()),
            None => finding,
        }
    }
}
