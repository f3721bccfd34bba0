//! The requests of clients, one file per feature.

use lsp_server::ErrorCode;
use lsp_types::request::{
    CodeActionRequest, CodeLensRequest, Completion, DocumentLinkRequest, DocumentSymbolRequest,
    FoldingRangeRequest, Formatting, GotoDefinition, GotoImplementation, GotoTypeDefinition,
    HoverRequest, InlayHintRequest, PrepareRenameRequest, RangeFormatting, References, Rename,
    Request, SelectionRangeRequest, SemanticTokensFullRequest, WorkspaceSymbolRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::Refusal;
use super::workspace::Workspace;

pub(super) mod capabilities;
mod code_action;
mod code_lens;
mod completion;
mod definition;
pub(super) mod diagnostics;
mod document_link;
mod folding;
mod formatting;
mod hover;
mod inlay_hint;
mod references;
mod rename;
mod selection;
mod semantic_tokens;
mod symbols;

/// Handles a request.
///
/// # Errors
///
/// A method that doesn't exist, parameters of another form, and what the feature can't do.
pub(super) fn answer(
    workspace: &mut Workspace,
    method: &str,
    params: Value,
) -> Result<Value, Refusal> {
    match method {
        HoverRequest::METHOD => run(params, |params| Ok(hover::of(workspace, &params))),
        GotoDefinition::METHOD => run(params, |params| Ok(definition::of(workspace, &params))),
        GotoTypeDefinition::METHOD => {
            run(params, |params| Ok(definition::of_type(workspace, &params)))
        }
        GotoImplementation::METHOD => run(params, |params| {
            Ok(references::implementations(workspace, &params))
        }),
        References::METHOD => run(params, |params| Ok(references::of(workspace, &params))),
        PrepareRenameRequest::METHOD => run(params, |params| rename::prepare(workspace, &params)),
        Rename::METHOD => run(params, |params| rename::of(workspace, &params)),
        DocumentSymbolRequest::METHOD => run(params, |params| {
            Ok(symbols::of_document(workspace, &params))
        }),
        WorkspaceSymbolRequest::METHOD => run(params, |params| {
            Ok(symbols::of_workspace(workspace, &params))
        }),
        Completion::METHOD => run(params, |params| Ok(completion::of(workspace, &params))),
        Formatting::METHOD => run(params, |params| Ok(formatting::of(workspace, &params))),
        RangeFormatting::METHOD => run(params, |params| {
            Ok(formatting::of_range(workspace, &params))
        }),
        SemanticTokensFullRequest::METHOD => {
            run(params, |params| Ok(semantic_tokens::of(workspace, &params)))
        }
        FoldingRangeRequest::METHOD => run(params, |params| Ok(folding::of(workspace, &params))),
        SelectionRangeRequest::METHOD => {
            run(params, |params| Ok(selection::of(workspace, &params)))
        }
        InlayHintRequest::METHOD => run(params, |params| Ok(inlay_hint::of(workspace, &params))),
        CodeActionRequest::METHOD => run(params, |params| Ok(code_action::of(workspace, &params))),
        CodeLensRequest::METHOD => run(params, |params| Ok(code_lens::of(workspace, &params))),
        DocumentLinkRequest::METHOD => {
            run(params, |params| Ok(document_link::of(workspace, &params)))
        }
        _ => Err((
            ErrorCode::MethodNotFound,
            format!("witgen has no method `{method}`"),
        )),
    }
}

/// Parses parameters, and writes the result.
fn run<P: DeserializeOwned, R: Serialize>(
    params: Value,
    feature: impl FnOnce(P) -> Result<R, Refusal>,
) -> Result<Value, Refusal> {
    let invalid = |error: serde_json::Error| (ErrorCode::InvalidParams, error.to_string());
    let result = feature(serde_json::from_value(params).map_err(invalid)?)?;
    serde_json::to_value(result).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}
