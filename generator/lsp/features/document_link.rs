//! Links in a document: sections of RFCs that its documentation cites, and packages that its paths name.

use std::ops::Range;

use lsp_types::{DocumentLink, DocumentLinkParams};

use crate::lsp::document::bytes;
use crate::lsp::index::Index;
use crate::lsp::nodes::{children, first_token, is_documentation};
use crate::lsp::workspace::Workspace;
use crate::rfc::citations;
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
                for citation in citations(token.text()) {
                    let range = start + citation.range.start..start + citation.range.end;
                    let tooltip = format!("open RFC {}", citation.rfc);
                    add(range, citation.address(), tooltip);
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
