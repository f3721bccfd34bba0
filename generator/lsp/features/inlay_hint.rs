//! The items of an `include`.

use lsp_types::{InlayHint, InlayHintLabel, InlayHintParams};

use crate::lsp::document::bytes;
use crate::lsp::included::{Included, items_of};
use crate::lsp::workspace::Workspace;
use crate::syntax::SyntaxKind;

/// How many items a hint names; its tooltip names all.
const MAX_ITEMS: usize = 4;

/// The maximum number of worlds that the hints of one request read. Beyond that, a hint states that the list is incomplete.
const MAX_WORLDS: usize = 20_000;

/// Returns a hint behind each `include` in a range: the imports and exports of the included world.
pub(super) fn of(workspace: &mut Workspace, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    let uri = params.text_document.uri.as_str();
    let encoding = workspace.encoding;
    let index = workspace.index(uri)?;
    let file = index.file(uri)?;
    let document = index.document(file);
    let range =
        document.offset(params.range.start, encoding)..document.offset(params.range.end, encoding);
    let mut worlds_left = MAX_WORLDS;
    let tree = document.tree();
    let includes = tree.descendants().filter(|node| node.kind() == SyntaxKind::Include);
    let hints = includes.filter_map(|include| {
        let end = bytes(include.text_range()).end;
        let included = range
            .contains(&end)
            .then(|| items_of(&index, file, &include, &mut worlds_left))?;
        let Included { items, is_cut } = included;
        if items.is_empty() && !is_cut {
            return None;
        }
        let more = items.len().saturating_sub(MAX_ITEMS);
        let mut label = items[..items.len() - more].join(", ");
        let mut tooltip = items.join("\n");
        match (is_cut, more) {
            (true, _) => {
                label.push_str(" and more");
                tooltip.push_str("\nand what further worlds include");
            }
            (false, 0) => {}
            (false, more) => label.push_str(&format!(" and {more} more")),
        }
        Some(InlayHint {
            position: document.position(end, encoding),
            label: InlayHintLabel::String(label),
            kind: None,
            text_edits: None,
            tooltip: Some(lsp_types::InlayHintTooltip::String(tooltip)),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        })
    });
    Some(hints.collect())
}
