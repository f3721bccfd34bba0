//! The versions of packages, where a text names packages.

use std::ops::Range;

use semver::Version;

use super::Edits;
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode, parse};

/// A place in a text that names a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The package without its version: `wasi:http`.
    pub package: String,
    /// The version, if one is written that can be read.
    pub version: Option<Version>,
    /// Whether this is a `package` line, or the head of a nested package.
    pub is_definition: bool,
    /// The bytes from the package's name to its version, or to the end of the path without one.
    pub range: Range<usize>,
    /// The bytes of the version with its `@`; empty, where one would be inserted.
    version_range: Range<usize>,
}

/// Returns the places where a text names packages, in their order: `package` lines, and paths of `use`, `include`, `import`
/// and `export`. Versions in gates are those of items, and not listed. A text with mistakes is read as far as it is understood.
pub(crate) fn mentions(text: &str) -> Vec<Mention> {
    let nodes = parse(text).tree().descendants();
    nodes.filter_map(|node| mention(&node)).collect()
}

/// Returns a text with other versions of the packages that it names. `version_of` returns the new version of a place, or none
/// if the place stays as it is.
pub(crate) fn replace_versions(
    text: &str,
    version_of: impl Fn(&Mention) -> Option<Version>,
) -> String {
    let mut edits = Edits::default();
    for mention in mentions(text) {
        if let Some(version) = version_of(&mention)
            && mention.version.as_ref() != Some(&version)
        {
            edits.replace(mention.version_range, format!("@{version}"));
        }
    }
    edits.apply(text)
}

pub(super) fn mention(node: &SyntaxNode) -> Option<Mention> {
    let is_definition = match node.kind() {
        SyntaxKind::PackageName => true,
        SyntaxKind::Path => false,
        _ => return None,
    };
    let names: Vec<SyntaxNode> =
        node.children().filter(|child| child.kind() == SyntaxKind::Name).collect();
    let [namespace, name, ..] = names.as_slice() else {
        return None;
    };
    let tokens = node.children_with_tokens().filter_map(SyntaxElement::into_token);
    let at = tokens.filter(|token| token.kind() == SyntaxKind::At).last();
    let version = node.children().find(|child| child.kind() == SyntaxKind::Version);
    let end = names.last().map_or(0, end_of);
    let version_range = match (&at, &version) {
        (Some(at), Some(version)) => usize::from(at.text_range().start())..end_of(version),
        (Some(at), None) => at.text_range().into(),
        (None, _) => end..end,
    };
    Some(Mention {
        package: format!("{}:{}", text_of(namespace), text_of(name)),
        version: version.and_then(|version| text_of(&version).parse().ok()),
        is_definition,
        range: usize::from(node_start(namespace))..version_range.end,
        version_range,
    })
}

/// Returns the tokens of a node, without white space, comments and `%`.
pub(super) fn text_of(node: &SyntaxNode) -> String {
    tokens(node)
        .map(|token| token.text().trim_start_matches('%').to_owned())
        .collect()
}

fn tokens(node: &SyntaxNode) -> impl Iterator<Item = crate::syntax::SyntaxToken> {
    node.descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|token| !token.kind().is_trivia())
}

pub(super) fn node_start(node: &SyntaxNode) -> rowan::TextSize {
    tokens(node).next().map_or(node.text_range().start(), |token| {
        token.text_range().start()
    })
}

pub(super) fn end_of(node: &SyntaxNode) -> usize {
    let last = tokens(node).last();
    last.map_or(node.text_range().end(), |token| token.text_range().end()).into()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const TEXT: &str = "\
// wasi:http@0.3.0 in a comment stays
package wasi:http@0.3.0; // why

use wasi:clocks/types@0.3.0.{duration};
interface a { @since(version = 0.3.0) use wasi:io/b @ 0.2.0 . {c}; use own.{d}; }
world w {
  include wasi:cli/imports;
  import wasi:http/a@0.3.0;
  export label: wasi:%http/a@0.3.0-rc.1+5;
}
package x:y { interface z {} }
";

    #[test]
    fn packages_are_found_wherever_a_text_names_them() {
        let found = mentions(TEXT);
        let shown: Vec<String> = found
            .iter()
            .map(|it| {
                let version = it.version.as_ref().map_or(String::new(), |it| format!("@{it}"));
                let mark = if it.is_definition { "=" } else { "" };
                format!("{mark}{}{version}", it.package)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "=wasi:http@0.3.0",
                "wasi:clocks@0.3.0",
                "wasi:io@0.2.0",
                "wasi:cli",
                "wasi:http@0.3.0",
                "wasi:http@0.3.0-rc.1+5",
                "=x:y",
            ]
        );
        assert_eq!(&TEXT[found[1].range.clone()], "wasi:clocks/types@0.3.0");
    }

    #[test]
    fn versions_are_replaced_or_inserted_and_nothing_else_changes() {
        let edited = replace_versions(TEXT, |it| {
            let version = match it.package.as_str() {
                "wasi:http" => "0.3.1",
                "wasi:cli" => "0.3.2",
                "x:y" => "1.0.0",
                _ => return None,
            };
            version.parse().ok()
        });
        let expected = TEXT
            .replace("package wasi:http@0.3.0;", "package wasi:http@0.3.1;")
            .replace("import wasi:http/a@0.3.0;", "import wasi:http/a@0.3.1;")
            .replace("wasi:%http/a@0.3.0-rc.1+5;", "wasi:%http/a@0.3.1;")
            .replace("wasi:cli/imports;", "wasi:cli/imports@0.3.2;")
            .replace("package x:y {", "package x:y@1.0.0 {");
        assert_eq!(edited, expected);
    }

    #[test]
    fn a_text_with_mistakes_is_read_as_far_as_it_is_understood() {
        assert_eq!(mentions("package a:; use }{ wasi:http/a@.{b};").len(), 0);
        assert_eq!(
            mentions("package a:b@1.0.0; interface i { f: func( }").len(),
            1
        );
    }
}
