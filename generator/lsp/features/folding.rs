//! Parts of a document that can be folded.

use lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};

use crate::lsp::document::bytes;
use crate::lsp::workspace::Workspace;
use crate::syntax::{SyntaxElement, SyntaxKind};

/// Returns the bodies, the lists and the comments of more than one line.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &FoldingRangeParams,
) -> Option<Vec<FoldingRange>> {
    let file = workspace.document(params.text_document.uri.as_str())?;
    let document = &file.document;
    let line = |offset: usize| document.position(offset, workspace.encoding).line;
    let mut ranges: Vec<FoldingRange> = Vec::new();
    for element in document.tree().descendants_with_tokens() {
        let range = bytes(element.text_range());
        let (start, end) = (line(range.start), line(range.end));
        let kind = match &element {
            SyntaxElement::Node(node) => match node.kind() {
                SyntaxKind::Body
                | SyntaxKind::MemberList
                | SyntaxKind::ParamList
                | SyntaxKind::UseList => None,
                _ => continue,
            },
            SyntaxElement::Token(token) if token.kind() == SyntaxKind::Comment => {
                let last = ranges.last_mut();
                let is_comment = |range: &&mut FoldingRange| {
                    range.kind == Some(FoldingRangeKind::Comment) && range.end_line + 1 == start
                };
                if let Some(above) = last.filter(is_comment) {
                    above.end_line = end;
                    continue;
                }
                Some(FoldingRangeKind::Comment)
            }
            SyntaxElement::Token(_) => continue,
        };
        ranges.push(FoldingRange {
            start_line: start,
            end_line: end,
            kind,
            ..FoldingRange::default()
        });
    }
    ranges.retain(|range| range.end_line > range.start_line);
    Some(ranges)
}
