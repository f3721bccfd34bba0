//! Fixes of problems, one file per kind.

use std::collections::HashMap;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Diagnostic, Uri,
    WorkspaceEdit,
};

use crate::lsp::workspace::Workspace;

mod allow;
mod documentation;
mod fetch;
mod gate;
mod problem;
mod spelling;

use problem::{Fix, Problem};

/// The kinds of fixes. Each returns the fix of a problem that it knows.
const FIXES: [fn(&Problem<'_>) -> Option<Fix>; 7] = [
    spelling::name,
    spelling::keyword,
    gate::missing,
    gate::older,
    documentation::stub,
    fetch::dependency,
    allow::here,
];

/// Returns the fixes of the problems in a range.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &CodeActionParams,
) -> Option<Vec<CodeActionOrCommand>> {
    let uri = &params.text_document.uri;
    let index = workspace.index(uri.as_str());
    let index = index.and_then(|index| Some((index.clone(), index.file(uri.as_str())?)));
    let file = workspace.document(uri.as_str())?;
    let actions = params.context.diagnostics.iter().flat_map(|diagnostic| {
        let problem = Problem {
            diagnostic,
            uri,
            document: &file.document,
            index: index.clone(),
            encoding: workspace.encoding,
        };
        let fixes = FIXES.iter().filter_map(|fix| fix(&problem));
        fixes.map(|fix| action(uri, diagnostic, fix)).collect::<Vec<_>>()
    });
    Some(actions.collect())
}

fn action(uri: &Uri, diagnostic: &Diagnostic, fix: Fix) -> CodeActionOrCommand {
    #[allow(
        clippy::mutable_key_type,
        reason = "the protocol's map has addresses as keys"
    )]
    let changes = HashMap::from([(uri.clone(), fix.edits)]);
    CodeActionOrCommand::CodeAction(CodeAction {
        title: fix.title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic.clone()]),
        edit: fix.command.is_none().then(|| WorkspaceEdit::new(changes)),
        command: fix.command,
        ..CodeAction::default()
    })
}
