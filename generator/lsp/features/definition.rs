//! Where something, or its type, is defined.

use lsp_types::{GotoDefinitionParams, GotoDefinitionResponse};

use crate::lsp::at::{At, location};
use crate::lsp::index::Definition;
use crate::lsp::nodes::child;
use crate::lsp::workspace::Workspace;
use crate::syntax::{SyntaxKind, SyntaxNode};

/// Returns where the name at a position is defined.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &GotoDefinitionParams,
) -> Option<GotoDefinitionResponse> {
    let at = At::find(workspace, &params.text_document_position_params)?;
    let definition = at.definition(true)?;
    place(workspace, &at, &definition)
}

/// Returns where the type of the field, parameter, alias or case at a position is defined.
pub(super) fn of_type(
    workspace: &mut Workspace,
    params: &GotoDefinitionParams,
) -> Option<GotoDefinitionResponse> {
    let at = At::find(workspace, &params.text_document_position_params)?;
    let definition = at.definition(true)?;
    let node = at.index.node(&definition)?;
    let name = named_type(&node)?;
    let key = at.index.resolve(definition.file, &name)?;
    let target = at.index.definition(&key)?;
    place(workspace, &at, target)
}

/// Returns the first name in the type of a node.
fn named_type(node: &SyntaxNode) -> Option<SyntaxNode> {
    let ty = child(node, SyntaxKind::Type)?;
    ty.descendants().find(|node| node.kind() == SyntaxKind::Name)
}

fn place(
    workspace: &Workspace,
    at: &At,
    definition: &Definition,
) -> Option<GotoDefinitionResponse> {
    let location = location(
        workspace,
        &at.index,
        definition.file,
        &definition.name_range,
    )?;
    Some(GotoDefinitionResponse::Scalar(location))
}
