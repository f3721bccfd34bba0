//! Features that become stable.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::texts::Texts;
use crate::diagnostic::{Diagnostic, Failure, Place, Position, Result, SourceFile, codes};
use crate::edit::UnstableGate;
use crate::names::suggest;
use crate::project::Project;

/// A gate that becomes stable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Promotion {
    /// The feature that it named.
    pub feature: String,
    /// Its place in the source.
    pub position: Position,
}

/// Whether a gate becomes stable: `// @stabilize-next` stands above it, or its feature is among these.
pub(super) fn is_promoted(gate: &UnstableGate, features: &[String]) -> bool {
    gate.marker.is_some() || features.contains(&gate.feature)
}

/// Returns the gates that become stable.
pub(super) fn promotions(texts: &Texts, features: &[String]) -> Vec<Promotion> {
    let gates = texts.unstable_gates().into_iter();
    let promoted = gates.filter(|(_, _, gate)| is_promoted(gate, features));
    let promotions = promoted.map(|(path, text, gate)| Promotion {
        feature: gate.feature,
        position: Position::new(
            Arc::new(SourceFile::new(path.display().to_string(), text.clone())),
            gate.range,
        ),
    });
    promotions.collect()
}

/// Rejects features that no gate of the package names, and those that the manifest goes on to ask for.
pub(super) fn require_features(
    project: &Project,
    texts: &Texts,
    features: &[String],
) -> Result<()> {
    let gates = texts.unstable_gates();
    let known: BTreeSet<&str> = gates.iter().map(|(_, _, gate)| gate.feature.as_str()).collect();
    let known: Vec<&str> = known.into_iter().collect();
    let unknown = features.iter().filter(|feature| !known.contains(&feature.as_str()));
    let unknown = unknown.map(|feature| {
        let message = format!("no item of `{}` has the feature `{feature}`", texts.package);
        let help = match known.as_slice() {
            [] => "the package has no `@unstable` items".to_owned(),
            known => suggest(feature, "features", known),
        };
        Diagnostic::error(codes::UNKNOWN_FEATURE, message)
            .at(Place::argument(format!("--stabilize {feature}")))
            .help(help)
    });
    let is_left = |feature: &String| {
        let mut gates = gates.iter().filter(|(_, _, gate)| gate.feature == **feature);
        gates.any(|(_, _, gate)| !is_promoted(gate, features))
    };
    let configured = project.config().features.iter();
    let gone = configured.filter(|it| known.contains(&it.as_str()) && !is_left(it));
    let gone = gone.map(|feature| {
        let message =
            format!("`features` names `{feature}`, which gates nothing after this release");
        Diagnostic::error(codes::INVALID_CONFIG, message)
            .at(Place::path(project.manifest()))
            .help("remove it from `features`")
    });
    match Failure::of(unknown.chain(gone).collect()) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}
