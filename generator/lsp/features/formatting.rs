//! Formats a document, or a part of it.

use lsp_types::{DocumentFormattingParams, DocumentRangeFormattingParams, TextEdit};
use similar::{DiffOp, TextDiff};

use crate::format::format;
use crate::lsp::workspace::Workspace;

/// Returns the edits that format a document; none if it has mistakes.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &DocumentFormattingParams,
) -> Option<Vec<TextEdit>> {
    let uri = params.text_document.uri.as_str();
    edits(workspace, uri, 0, u32::MAX)
}

/// Returns the edits that format the lines of a range.
pub(super) fn of_range(
    workspace: &mut Workspace,
    params: &DocumentRangeFormattingParams,
) -> Option<Vec<TextEdit>> {
    let uri = params.text_document.uri.as_str();
    edits(
        workspace,
        uri,
        params.range.start.line,
        params.range.end.line,
    )
}

fn edits(workspace: &mut Workspace, uri: &str, first: u32, last: u32) -> Option<Vec<TextEdit>> {
    let file = workspace.document(uri)?;
    let document = &file.document;
    let text = &document.text;
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
        let touches =
            lines.start <= last as usize && lines.end.max(lines.start + 1) > first as usize;
        touches.then(|| {
            let range = starts[lines.start]..starts[lines.end];
            TextEdit::new(
                document.range(&range, workspace.encoding),
                new[new_lines].concat(),
            )
        })
    });
    Some(edits.collect())
}
