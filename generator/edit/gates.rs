//! Gates: what `@unstable` keeps back, and which versions `@since` and `@deprecated` name.

use std::ops::Range;

use semver::Version;

use super::Edits;
use super::versions::{end_of, node_start, text_of};
use crate::model::directive::STABILIZE_NEXT;
use crate::syntax::{SyntaxKind, SyntaxNode, parse};

/// An `@unstable` gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnstableGate {
    /// The feature that it names.
    pub feature: String,
    /// The bytes from `@` to `)`.
    pub range: Range<usize>,
    /// The line `// @stabilize-next` directly above, with its line break.
    pub marker: Option<Range<usize>>,
}

/// Returns the `@unstable` gates of a text, in their order; those in nested packages belong to other packages and are left
/// out.
pub(crate) fn unstable_gates(text: &str) -> Vec<UnstableGate> {
    let gates = gates(text).into_iter().filter_map(|gate| {
        let written = text_of(&gate);
        let feature = written.strip_prefix("@unstable(feature=")?.strip_suffix(')')?;
        let range = usize::from(node_start(&gate))..end_of(&gate);
        Some(UnstableGate {
            feature: feature.to_owned(),
            marker: marker_above(text, range.start),
            range,
        })
    });
    gates.collect()
}

/// Returns a text in which `@since` with a version replaces these gates; markers above them are removed.
pub(crate) fn stabilize(
    text: &str,
    version: &Version,
    is_meant: impl Fn(&UnstableGate) -> bool,
) -> String {
    let mut edits = Edits::default();
    for gate in unstable_gates(text).into_iter().filter(is_meant) {
        edits.replace(gate.range, format!("@since(version = {version})"));
        if let Some(marker) = gate.marker {
            edits.replace(marker, "");
        }
    }
    edits.apply(text)
}

/// Returns the latest version that a `@since` or a `@deprecated` of a text names.
pub(crate) fn latest_version_of_gates(text: &str) -> Option<Version> {
    versions(text).into_iter().map(|(version, _)| version).max()
}

/// Returns a text in which `@since` and `@deprecated` name one version instead of another.
pub(crate) fn replace_version_of_gates(text: &str, old: &Version, new: &Version) -> String {
    let mut edits = Edits::default();
    for (version, range) in versions(text) {
        if version == *old {
            edits.replace(range, new.to_string());
        }
    }
    edits.apply(text)
}

/// Returns the versions that `@since` and `@deprecated` name, with their bytes.
fn versions(text: &str) -> Vec<(Version, Range<usize>)> {
    let versions = gates(text).into_iter().filter_map(|gate| {
        let version = gate.children().find(|child| child.kind() == SyntaxKind::Version)?;
        let range = usize::from(node_start(&version))..end_of(&version);
        Some((text_of(&version).parse().ok()?, range))
    });
    versions.collect()
}

/// Returns the gates of a text that are not in nested packages.
fn gates(text: &str) -> Vec<SyntaxNode> {
    let names = ["since", "unstable", "deprecated"];
    if !names.iter().any(|name| text.contains(name)) {
        return Vec::new();
    }
    let is_nested =
        |node: &SyntaxNode| node.ancestors().any(|outer| outer.kind() == SyntaxKind::NestedPackage);
    let nodes = parse(text).tree().descendants();
    nodes
        .filter(|node| node.kind() == SyntaxKind::Gate && !is_nested(node))
        .collect()
}

/// Returns the line above a gate if it is a marker, and the gate is the first on its line.
fn marker_above(text: &str, gate: usize) -> Option<Range<usize>> {
    let start_of_line = |at: usize| text[..at].rfind('\n').map_or(0, |at| at + 1);
    let start = start_of_line(gate);
    if start == 0 || !text[start..gate].trim().is_empty() {
        return None;
    }
    let marker = start_of_line(start - 1)..start;
    let comment = text[marker.clone()].trim().strip_prefix("//")?;
    (comment.trim() == STABILIZE_NEXT).then_some(marker)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const TEXT: &str = "\
package a:b@0.3.0;
// @unstable(feature = no) in a comment is none
@since(version = 0.3.0)
interface i {
  /// Docs.
  // @stabilize-next
  @unstable(feature = one)
  f: func();
  @unstable( feature = %two ) // why
  @deprecated(version = 0.3.1)
  g: func();
  // @stabilize-next

  @unstable(feature = three) h: func();
}
package x:y { @unstable(feature = one) interface z { @since(version = 9.0.0) f: func(); } }
";

    #[test]
    fn gates_are_found_with_the_markers_directly_above_them() {
        let found: Vec<_> = unstable_gates(TEXT)
            .into_iter()
            .map(|gate| (gate.feature, gate.marker.map(|marker| &TEXT[marker])))
            .collect();
        let expected = [
            ("one".to_owned(), Some("  // @stabilize-next\n")),
            ("two".to_owned(), None),
            ("three".to_owned(), None),
        ];
        assert_eq!(found, expected);
        assert_eq!(latest_version_of_gates(TEXT), Some(Version::new(0, 3, 1)));
    }

    #[test]
    fn stable_gates_replace_unstable_ones_and_their_markers() {
        let version = Version::new(0, 3, 1);
        let stabilized = stabilize(TEXT, &version, |gate| gate.feature != "three");
        let expected = TEXT
            .replacen(
                "  // @stabilize-next\n  @unstable(feature = one)",
                "  @since(version = 0.3.1)",
                1,
            )
            .replace("@unstable( feature = %two )", "@since(version = 0.3.1)");
        assert_eq!(stabilized, expected);
    }

    #[test]
    fn a_version_that_gates_name_is_replaced_in_the_package_itself() {
        let replaced =
            replace_version_of_gates(TEXT, &Version::new(0, 3, 1), &Version::new(0, 4, 0));
        let expected = TEXT.replace(
            "@deprecated(version = 0.3.1)",
            "@deprecated(version = 0.4.0)",
        );
        assert_eq!(replaced, expected);
        let replaced =
            replace_version_of_gates(TEXT, &Version::new(9, 0, 0), &Version::new(0, 4, 0));
        assert_eq!(replaced, TEXT);
    }

    #[test]
    fn crlf_texts_keep_their_line_ends() {
        let text =
            "interface i {\r\n // @stabilize-next\r\n @unstable(feature = a)\r\n f: func();\r\n}";
        let stabilized = stabilize(text, &Version::new(1, 0, 0), |gate| gate.marker.is_some());
        let expected = "interface i {\r\n @since(version = 1.0.0)\r\n f: func();\r\n}";
        assert_eq!(stabilized, expected);
    }
}
