//! Feature gates: which `@unstable` items a package is loaded with.

use std::collections::BTreeSet;

use wit_parser::{PackageName, Resolve, Stability};

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::names::suggest;

/// The features whose items, behind `@unstable(feature = …)`, are part of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Features {
    /// Every item, with any feature.
    All,
    /// Items without a gate, and those of these features.
    Only(Vec<String>),
}

impl Default for Features {
    fn default() -> Self {
        Features::Only(Vec::new())
    }
}

impl Features {
    /// Sets the features that `resolve` consults while packages are pushed into it.
    pub(super) fn apply(&self, resolve: &mut Resolve) {
        match self {
            Features::All => resolve.all_features = true,
            Features::Only(names) => resolve.features.extend(names.iter().cloned()),
        }
    }
}

/// Returns the features of all gates; the package must be loaded with all features.
pub(super) fn features_of(resolve: &Resolve) -> BTreeSet<String> {
    let interfaces = resolve.interfaces.iter().flat_map(|(_, interface)| {
        let functions = interface.functions.values().map(|f| &f.stability);
        std::iter::once(&interface.stability).chain(functions)
    });
    let worlds = resolve.worlds.iter().flat_map(|(_, world)| {
        let items = world.imports.values().chain(world.exports.values());
        std::iter::once(&world.stability).chain(items.map(|item| item.stability(resolve)))
    });
    let types = resolve.types.iter().map(|(_, ty)| &ty.stability);
    interfaces
        .chain(worlds)
        .chain(types)
        .filter_map(|stability| match stability {
            Stability::Unstable { feature, .. } => Some(feature.clone()),
            _ => None,
        })
        .collect()
}

/// Rejects names that are no known features.
pub(super) fn require(
    names: &[String],
    known: &BTreeSet<String>,
    package: &PackageName,
) -> Result<()> {
    let Some(unknown) = names.iter().find(|name| !known.contains(*name)) else {
        return Ok(());
    };
    let failure = Diagnostic::error(
        codes::UNKNOWN_FEATURE,
        format!("no item of {package} has the feature `{unknown}`"),
    )
    .at(Place::argument(format!("--features {unknown}")));
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    Err(failure
        .help(if known.is_empty() {
            "the package and its dependencies have no `@unstable` items".to_owned()
        } else {
            suggest(unknown, "features", &known)
        })
        .into())
}
