//! Formats a document, or a part of it.

use lsp_types::{
    DocumentFormattingParams, DocumentRangeFormattingParams, Position, Range, TextEdit,
};
use similar::{DiffOp, TextDiff};

use crate::format::format;
use crate::lsp::workspace::Workspace;

/// Returns the edits that format a document; none if it has mistakes.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &DocumentFormattingParams,
) -> Option<Vec<TextEdit>> {
    let uri = params.text_document.uri.as_str();
    edits(workspace, uri, None)
}

/// Returns the edits that format the lines of a range.
pub(super) fn of_range(
    workspace: &mut Workspace,
    params: &DocumentRangeFormattingParams,
) -> Option<Vec<TextEdit>> {
    edits(
        workspace,
        params.text_document.uri.as_str(),
        Some(params.range),
    )
}

fn edits(workspace: &mut Workspace, uri: &str, range: Option<Range>) -> Option<Vec<TextEdit>> {
    let file = workspace.document(uri)?;
    let document = &file.document;
    let text = &document.text;
    let encoding = workspace.encoding;
    // The lines of the range.
    let wanted = range.map_or(0..text.len(), |range| {
        let start = Position::new(range.start.line, 0);
        let end = Position::new(range.end.line, u32::MAX);
        document.offset(start, encoding)..document.offset(end, encoding)
    });
    let formatted = format(uri, text, &workspace.format_options(uri)).ok()?;
    let old: Vec<&str> = text.split_inclusive('\n').collect();
    let new: Vec<&str> = formatted.split_inclusive('\n').collect();
    let diff = TextDiff::from_slices(&old, &new);
    let mut starts = vec![0];
    for line in &old {
        starts.push(starts.last().copied().unwrap_or_default() + line.len());
    }
    let changes = diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    let edits = changes.filter_map(|op| {
        let (lines, new_lines) = (op.old_range(), op.new_range());
        let range = starts[lines.start]..starts[lines.end];
        let touches = range.start <= wanted.end && range.end.max(range.start + 1) > wanted.start;
        touches.then(|| TextEdit::new(document.range(&range, encoding), new[new_lines].concat()))
    });
    Some(edits.collect())
}
