//! How items of a package are related, and whether they still are.
//!
//! ```
//! use witgen::relation::{Kind, Relation, check};
//! use witgen::source::{Features, Source, load};
//!
//! let package = load(&Source::Embedded, &Features::default())?;
//! let closed = Relation::new(Kind::Composes {
//!     members: vec!["proxy".into(), "service".into()],
//!     world: "service".into(),
//!     is: true,
//! });
//! assert!(check(&package, &[closed]).is_empty());
//! # Ok::<(), witgen::diagnostic::Diagnostic>(())
//! ```

use crate::diagnostic::{Diagnostic, Place, Result};
use crate::model::{self, Index, Model, World};
use crate::source::Package;

mod compose;
mod extends;
mod same_shape;
mod shape;

pub use extends::Difference;

/// What holds between items of a package.
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
        /// What it has beyond that, if that is to be exactly this: `import origin`.
        adds: Option<Vec<String>>,
    },
    /// Interfaces, or functions, are equal but for their names.
    SameShape(Vec<String>),
    /// A chain of components of these worlds is a component of a world, or is not.
    Composes {
        /// The worlds of its members, the outermost first.
        members: Vec<String>,
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
    fn placed(&self, finding: Diagnostic) -> Diagnostic {
        match &self.place {
            Some(place) => finding.at(place.clone()),
            None => finding,
        }
    }
}

/// What is checked: a package, and names in it.
struct Subject<'a> {
    package: &'a Package,
    model: &'a Model,
    index: Index<'a>,
}

impl<'a> Subject<'a> {
    /// Returns the world of a name that the relation has.
    fn world(&self, relation: &Relation, name: &str) -> Result<&'a World> {
        self.model
            .find_world(name)
            .map_err(|error| relation.placed(error))
    }
}

/// Checks that relations hold.
///
/// What doesn't is found with the item that differs: where it stands in the WIT, what was expected and
/// what was found. A relation of something that isn't there is found too.
pub fn check(package: &Package, relations: &[Relation]) -> Vec<Diagnostic> {
    if relations.is_empty() {
        return Vec::new();
    }
    let model = model::describe(package);
    let index = Index::of(&model);
    let subject = Subject {
        package,
        model: &model,
        index,
    };
    let findings = relations.iter().flat_map(|relation| {
        let found = match &relation.kind {
            Kind::Extends { world, base, adds } => {
                extends::check(&subject, relation, world, base, adds.as_deref())
            }
            Kind::SameShape(names) => same_shape::check(&subject, relation, names),
            Kind::Composes { members, world, is } => {
                compose::check(&subject, relation, members, world, *is)
            }
        };
        found.unwrap_or_else(|error| vec![error])
    });
    findings.collect()
}

/// The pairs that a relation compares, each with a title and how the two differ; none for a relation
/// of something that isn't there.
pub fn differences(model: &Model, relation: &Relation) -> Vec<(String, Vec<Difference>)> {
    match &relation.kind {
        Kind::Extends { world, base, .. } => {
            let (Ok(world), Ok(base)) = (model.find_world(world), model.find_world(base)) else {
                return Vec::new();
            };
            let index = Index::of(model);
            let title = format!("{} beyond {}", world.id, base.id);
            vec![(title, extends::differences(&index, world, base))]
        }
        Kind::SameShape(names) => same_shape::differences(model, names),
        Kind::Composes { .. } => Vec::new(),
    }
}
