//! What an `include` brings in.

use std::collections::HashSet;

use lsp_types::{InlayHint, InlayHintLabel, InlayHintParams};

use crate::lsp::document::bytes;
use crate::lsp::index::Index;
use crate::lsp::nodes::{child, children, compact, defined_name, text_of, used};
use crate::lsp::workspace::Workspace;
use crate::syntax::{SyntaxKind, SyntaxNode};

/// How many items a hint names.
const MAX_ITEMS: usize = 4;

/// How many worlds a hint looks into.
const MAX_WORLDS: usize = 200;

/// Returns a hint behind each `include` in a range: the imports and exports of the included world.
pub(super) fn of(workspace: &mut Workspace, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    let uri = params.text_document.uri.as_str();
    let encoding = workspace.encoding;
    let index = workspace.index(uri)?;
    let file = index.file(uri)?;
    let document = index.document(file);
    let range =
        document.offset(params.range.start, encoding)..document.offset(params.range.end, encoding);
    let tree = document.tree();
    let includes = tree.descendants().filter(|node| node.kind() == SyntaxKind::Include);
    let hints = includes.filter_map(|include| {
        let end = bytes(include.text_range()).end;
        let items = range
            .contains(&end)
            .then(|| included(&index, file, &include, &mut HashSet::new()))?;
        if items.is_empty() {
            return None;
        }
        let more = items.len().saturating_sub(MAX_ITEMS);
        let mut label = items[..items.len() - more].join(", ");
        if more > 0 {
            label.push_str(&format!(" and {more} more"));
        }
        Some(InlayHint {
            position: document.position(end, encoding),
            label: InlayHintLabel::String(label),
            kind: None,
            text_edits: None,
            tooltip: Some(lsp_types::InlayHintTooltip::String(items.join("\n"))),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        })
    });
    Some(hints.collect())
}

/// Returns the items of the world that an `include` names, those that it includes itself among them.
fn included(
    index: &Index,
    file: usize,
    include: &SyntaxNode,
    seen: &mut HashSet<String>,
) -> Vec<String> {
    let world = child(include, SyntaxKind::Path)
        .and_then(|path| children(&path, SyntaxKind::Name).last())
        .and_then(|name| index.resolve(file, &name))
        .and_then(|key| index.definition(&key).cloned());
    let Some(world) =
        world.filter(|world| seen.len() < MAX_WORLDS && seen.insert(world.key.clone()))
    else {
        return Vec::new();
    };
    let body = index.node(&world).and_then(|node| child(&node, SyntaxKind::Body));
    let items = body.into_iter().flat_map(|body| body.children().collect::<Vec<_>>());
    let names = child(include, SyntaxKind::UseList);
    let renamed: Vec<(String, String)> = names
        .into_iter()
        .flat_map(|list| children(&list, SyntaxKind::UseName).collect::<Vec<_>>())
        .filter_map(|name| Some((text_of(&used(&name)?), text_of(&defined_name(&name)?))))
        .collect();
    let name_of = |item: &SyntaxNode| {
        let name = name_of(item);
        let new = renamed.iter().find(|(old, _)| *old == name);
        new.map_or(name, |(_, new)| new.clone())
    };
    items
        .flat_map(|item| match item.kind() {
            SyntaxKind::Import => vec![format!("import {}", name_of(&item))],
            SyntaxKind::Export => vec![format!("export {}", name_of(&item))],
            SyntaxKind::Include => included(index, world.file, &item, seen),
            _ => Vec::new(),
        })
        .collect()
}

fn name_of(item: &SyntaxNode) -> String {
    let path = child(item, SyntaxKind::Path).map(|path| compact(&path));
    path.or_else(|| child(item, SyntaxKind::Name).map(|name| text_of(&name)))
        .unwrap_or_default()
}
