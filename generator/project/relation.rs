//! The relations of the manifest, as they are checked.

use crate::config::{Config, RelationKind};
use crate::relation::{Kind, Relation};

/// Returns the relations that are checked against the package.
///
/// ```
/// use witgen::config::Config;
///
/// let config = Config::parse(
///     "witgen.toml",
///     "[[relation]]\nworld = 'proxy'\nextends = 'service'\n",
/// )?;
/// assert_eq!(witgen::project::relations(&config).len(), 1);
/// # Ok::<(), witgen::diagnostic::Failure>(())
/// ```
pub fn relations(config: &Config) -> Vec<Relation> {
    let relations = config.relations.iter().map(|relation| Relation {
        kind: match relation.kind.clone() {
            RelationKind::Extends { world, base, adds } => Kind::Extends { world, base, adds },
            RelationKind::SameShape(names) => Kind::SameShape(names),
            RelationKind::Composes {
                members,
                hops,
                world,
                is,
            } => Kind::Composes {
                members,
                hops,
                world,
                is,
            },
        },
        place: Some(relation.place.clone()),
    });
    relations.collect()
}
