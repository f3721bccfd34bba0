//! Where something is used.

use lsp_types::request::{GotoImplementationParams, GotoImplementationResponse};
use lsp_types::{Location, ReferenceParams};

use crate::lsp::at::{At, location};
use crate::lsp::document::bytes;
use crate::lsp::nodes::token_range;
use crate::lsp::workspace::Workspace;
use crate::syntax::SyntaxKind;

/// Returns where the name at a position is used.
pub(super) fn of(workspace: &mut Workspace, params: &ReferenceParams) -> Option<Vec<Location>> {
    let at = At::find(workspace, &params.text_document_position)?;
    let with_definition = params.context.include_declaration;
    let definition = at.index.definition(&at.key);
    let names = at.index.names().filter(|(_, _, key)| *key == at.key);
    let found = names.filter_map(|(file, name, _)| {
        let range = bytes(token_range(&name));
        let is_definition = definition.is_some_and(|it| it.file == file && it.name_range == range);
        if is_definition && !with_definition {
            return None;
        }
        location(workspace, &at.index, file, &range)
    });
    Some(found.collect())
}

/// Returns the imports and exports of worlds that an interface at a position has, and the includes of a world.
pub(super) fn implementations(
    workspace: &mut Workspace,
    params: &GotoImplementationParams,
) -> Option<GotoImplementationResponse> {
    let at = At::find(workspace, &params.text_document_position_params)?;
    let names = at.index.names().filter(|(_, name, key)| {
        let path = name.parent().filter(|path| path.kind() == SyntaxKind::Path);
        let item = path.and_then(|path| path.parent());
        let is_in_world = item.is_some_and(|item| {
            matches!(
                item.kind(),
                SyntaxKind::Import | SyntaxKind::Export | SyntaxKind::Include
            )
        });
        is_in_world && *key == at.key
    });
    let found = names.filter_map(|(file, name, _)| {
        location(workspace, &at.index, file, &bytes(token_range(&name)))
    });
    Some(GotoImplementationResponse::Array(found.collect()))
}
