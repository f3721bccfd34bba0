//! Larger and larger parts around a position.

use lsp_types::{Position, SelectionRange, SelectionRangeParams};

use crate::lsp::document::{Document, bytes};
use crate::lsp::workspace::Workspace;
use crate::syntax::SyntaxNode;

/// Returns for each position the parts around it, the smallest first.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &SelectionRangeParams,
) -> Option<Vec<SelectionRange>> {
    let file = workspace.document(params.text_document.uri.as_str())?;
    let document = &file.document;
    let tree = document.tree();
    let around = |position: &Position| around(workspace, document, &tree, *position);
    params.positions.iter().map(around).collect()
}

fn around(
    workspace: &Workspace,
    document: &Document,
    tree: &SyntaxNode,
    position: Position,
) -> Option<SelectionRange> {
    let offset = document.offset(position, workspace.encoding);
    let token = tree.token_at_offset(rowan::TextSize::try_from(offset).ok()?).right_biased();
    let mut ranges: Vec<rowan::TextRange> = Vec::new();
    if let Some(token) = token {
        ranges.push(token.text_range());
        let nodes = token.parent_ancestors().map(|node| node.text_range());
        for range in nodes {
            if ranges.last() != Some(&range) {
                ranges.push(range);
            }
        }
    } else {
        ranges.push(tree.text_range());
    }
    let largest_first = ranges.into_iter().rev();
    largest_first.fold(None, |parent, range| {
        Some(SelectionRange {
            range: document.range(&bytes(range), workspace.encoding),
            parent: parent.map(Box::new),
        })
    })
}
