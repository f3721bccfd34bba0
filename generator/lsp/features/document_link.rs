//! Links in a document: sections of RFCs that its documentation cites, and packages that its paths name.

use std::ops::Range;

use lsp_types::{DocumentLink, DocumentLinkParams};

use crate::lsp::document::bytes;
use crate::lsp::index::Index;
use crate::lsp::nodes::{children, first_token, is_documentation};
use crate::lsp::workspace::Workspace;
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

/// Returns the links of a document.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &DocumentLinkParams,
) -> Option<Vec<DocumentLink>> {
    let uri = params.text_document.uri.as_str();
    let encoding = workspace.encoding;
    let has_tooltips = workspace.client.has_link_tooltips;
    let index = workspace.index(uri)?;
    let file = index.file(uri)?;
    let document = index.document(file);
    let mut links = Vec::new();
    let mut add = |range: Range<usize>, target: String, tooltip: String| {
        if let Ok(target) = target.parse() {
            links.push(DocumentLink {
                range: document.range(&range, encoding),
                target: Some(target),
                tooltip: has_tooltips.then_some(tooltip),
                data: None,
            });
        }
    };
    for element in document.tree().descendants_with_tokens() {
        match element {
            SyntaxElement::Token(token) if is_documentation(&token) => {
                let start = bytes(token.text_range()).start;
                for Citation {
                    range,
                    rfc,
                    section,
                } in citations(token.text())
                {
                    let mut target = format!("https://www.rfc-editor.org/rfc/rfc{rfc}");
                    if let Some(section) = section {
                        target.push_str(&format!("#section-{section}"));
                    }
                    let range = start + range.start..start + range.end;
                    add(range, target, format!("open RFC {rfc}"));
                }
            }
            SyntaxElement::Node(path) if path.kind() == SyntaxKind::Path => {
                if let Some((range, target)) = package(&index, file, &path) {
                    let target = &index.files[target];
                    let shown = target.path.display();
                    add(range, target.uri.clone(), format!("open {shown}"));
                }
            }
            _ => {}
        }
    }
    Some(links)
}

/// Returns the bytes of the package that a path names, and the first file of that package.
fn package(index: &Index, file: usize, path: &SyntaxNode) -> Option<(Range<usize>, usize)> {
    let names: Vec<SyntaxNode> = children(path, SyntaxKind::Name).collect();
    let [namespace, package, _] = names.as_slice() else {
        return None;
    };
    let target = index.package_file(file, path).filter(|target| *target != file)?;
    let start = bytes(first_token(namespace)?.text_range()).start;
    Some((start..bytes(package.text_range()).end, target))
}

/// An RFC that a text cites.
#[derive(Debug, PartialEq, Eq)]
struct Citation<'t> {
    /// The bytes of the whole citation.
    range: Range<usize>,
    rfc: &'t str,
    section: Option<&'t str>,
}

/// Returns the RFCs that a text cites: `RFC 9110`, `RFC 9110, 7.6.1`, `RFC 9110, Section 7.6.1`.
fn citations(text: &str) -> Vec<Citation<'_>> {
    let mut found = Vec::new();
    for (start, mark) in text.match_indices("RFC") {
        let is_word = text[..start].ends_with(|char: char| char.is_alphanumeric());
        let rest = &text[start + mark.len()..];
        let rest = rest.strip_prefix([' ', '-']).unwrap_or(rest);
        let rfc = leading(rest, |char| char.is_ascii_digit());
        if is_word || rfc.is_empty() {
            continue;
        }
        let after = &rest[rfc.len()..];
        if after.starts_with(|char: char| char.is_alphanumeric()) {
            continue;
        }
        let section = section(after);
        let end = section.map_or(after, |section| {
            &after[section.as_ptr() as usize - after.as_ptr() as usize + section.len()..]
        });
        found.push(Citation {
            range: start..text.len() - end.len(),
            rfc,
            section,
        });
    }
    found
}

/// Returns the number of the section that a text begins with: `, 7.6.1`, `, Section 7.6.1`, ` §7.6.1`.
fn section(text: &str) -> Option<&str> {
    let (is_marked, rest) = match text.strip_prefix(',') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix(' ')?;
    let marks = ["Section ", "section ", "§ ", "§"];
    let marked = marks.iter().find_map(|mark| rest.strip_prefix(mark));
    let rest = marked.or(is_marked.then_some(rest))?;
    let number = leading(rest, |char| char.is_ascii_digit() || char == '.');
    let number = number.trim_end_matches('.');
    let follows = &rest[number.len()..];
    let is_number = number.starts_with(|char: char| char.is_ascii_digit())
        && !follows.starts_with(|char: char| char.is_alphanumeric());
    is_number.then_some(number)
}

/// Returns the characters of a kind that a text begins with.
fn leading(text: &str, is_meant: impl Fn(char) -> bool) -> &str {
    let end = text.find(|char| !is_meant(char)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfcs_are_cited_in_several_ways() {
        for (text, cited, section) in [
            ("see RFC 9110, 7.6.1.", "RFC 9110, 7.6.1", Some("7.6.1")),
            ("(RFC 9110, Section 5)", "RFC 9110, Section 5", Some("5")),
            (
                "RFC 9112 section 3.2: the",
                "RFC 9112 section 3.2",
                Some("3.2"),
            ),
            ("RFC9110 §7.6", "RFC9110 §7.6", Some("7.6")),
            ("[RFC 9110]", "RFC 9110", None),
            ("RFC 9110, and", "RFC 9110", None),
            ("RFC 9110, 5th edition", "RFC 9110", None),
            ("RFC 9110 7", "RFC 9110", None),
        ] {
            let found = citations(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(
                (&text[found[0].range.clone()], found[0].section),
                (cited, section)
            );
        }
        for text in ["RFC", "RFCs 9110", "RFC 9110b", "XRFC 9110", "RFC é"] {
            assert_eq!(citations(text), [], "{text}");
        }
    }
}
