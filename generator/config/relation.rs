//! A `[[relation]]`, which is of one kind.

use std::collections::BTreeMap;

use super::file::RelationEntry;
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// A relation between items of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relation {
    /// The relation.
    pub kind: RelationKind,
    /// The place in the file.
    pub place: Place,
}

/// The kinds of `[[relation]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelationKind {
    /// `world` and `extends`.
    Extends {
        /// The world that has more.
        world: String,
        /// The world that it extends.
        base: String,
        /// Exactly what it has beyond that, if this is given: `import origin`.
        adds: Option<Vec<String>>,
    },
    /// `same-shape`: the names of interfaces or functions.
    SameShape(Vec<String>),
    /// `compose`, and `is` or `is-not`.
    Composes {
        /// The worlds of the chain's members, the outermost first.
        members: Vec<String>,
        /// Where next hops lead, by member and hop: a world, `host` or `deny`.
        hops: BTreeMap<String, String>,
        /// The world that the chain fits, or doesn't fit.
        world: String,
        /// Whether it fits.
        is: bool,
    },
}

/// Reads a relation, or returns what it lacks.
pub(super) fn read(entry: RelationEntry, place: Place) -> Result<Relation> {
    let failure = |message: &str, help: &str| {
        Err(Diagnostic::error(codes::INVALID_CONFIG, message)
            .at(place.clone())
            .help(help)
            .into())
    };
    let RelationEntry {
        world,
        extends,
        adds,
        same_shape,
        compose,
        hops,
        is,
        is_not,
    } = entry;
    let has_extends = world.is_some() || extends.is_some() || adds.is_some();
    let has_compose = compose.is_some() || hops.is_some() || is.is_some() || is_not.is_some();
    let kinds = [has_extends, same_shape.is_some(), has_compose];
    match kinds.iter().filter(|has| **has).count() {
        0 => {
            return failure(
                "the relation has no condition",
                "say `world` and `extends`, or `same-shape`, or `compose` and `is`",
            );
        }
        1 => {}
        _ => {
            return failure(
                "a relation is of one kind",
                "make a `[[relation]]` of its own for each kind",
            );
        }
    }
    let kind = if has_extends {
        let (Some(world), Some(base)) = (world, extends) else {
            return failure(
                "the relation needs `world` and `extends`",
                "say which world extends which: `world = \"proxy\"`, `extends = \"service\"`",
            );
        };
        RelationKind::Extends { world, base, adds }
    } else if let Some(names) = same_shape {
        if names.len() < 2 {
            return failure(
                "`same-shape` compares two names or more",
                "name interfaces or functions: `same-shape = [\"handler.handle\", \"origin.handle\"]`",
            );
        }
        RelationKind::SameShape(names)
    } else {
        let members = compose.unwrap_or_default();
        if members.is_empty() {
            return failure(
                "the relation needs `compose`: the worlds of a chain's members",
                "name them, the outermost first: `compose = [\"proxy\", \"service\"]`",
            );
        }
        let (world, is) = match (is, is_not) {
            (Some(world), None) => (world, true),
            (None, Some(world)) => (world, false),
            (None, None) => {
                return failure(
                    "the relation needs `is` or `is-not`",
                    "say which world the chain fits: `is = \"service\"`",
                );
            }
            (Some(_), Some(_)) => {
                return failure(
                    "`is` and `is-not` are both given",
                    "make a `[[relation]]` of its own for each",
                );
            }
        };
        RelationKind::Composes {
            members,
            hops: hops.unwrap_or_default(),
            world,
            is,
        }
    };
    Ok(Relation { kind, place })
}
