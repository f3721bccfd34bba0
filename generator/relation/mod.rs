//! How items of a package are related, and whether they still are.
//!
//! ```
//! use witgen::relation::{Kind, Relation, check};
//! use witgen::source::{Features, Source, load};
//!
//! let package = load(&Source::Embedded, &Features::default())?;
//! let closed = Relation::new(Kind::Composes {
//!     members: vec!["proxy".into(), "service".into()],
//!     hops: Default::default(),
//!     world: "service".into(),
//!     is: true,
//! });
//! assert!(check(&package, &[closed]).is_empty());
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use crate::diagnostic::{Diagnostic, Failure};
use crate::model::{self, Index, Model};
use crate::source::Package;

mod compose;
mod extends;
mod kind;
mod same_shape;
mod shape;
mod subject;

pub use extends::Difference;
pub use kind::{Kind, Relation};

use subject::Subject;

/// Checks that relations hold.
///
/// Returns a finding for each violated relation, with the item that differs: its place in the WIT, the expected and the actual
/// item. Unknown items of a relation are findings too.
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
        let outcome = match &relation.kind {
            Kind::Extends { world, base, adds } => {
                extends::check(&subject, relation, world, base, adds.as_deref())
            }
            Kind::SameShape(names) => same_shape::check(&subject, relation, names),
            Kind::Composes {
                members,
                hops,
                world,
                is,
            } => compose::check(&subject, relation, (members, hops), world, *is),
        };
        outcome.unwrap_or_else(Failure::into_diagnostics)
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
