//! Fixes of problems.

use std::collections::HashMap;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Diagnostic, NumberOrString,
    Range, TextEdit, Uri, WorkspaceEdit,
};

use crate::lint;
use crate::lsp::document::{Document, bytes};
use crate::lsp::index::Index;
use crate::lsp::nodes::{name_at, token_range};
use crate::lsp::workspace::Workspace;
use crate::model::keyword::escaped as escape;
use crate::names::nearest;

/// Returns the fixes of the problems in a range.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &CodeActionParams,
) -> Option<Vec<CodeActionOrCommand>> {
    let uri = &params.text_document.uri;
    let index = workspace.index(uri.as_str());
    let file = workspace.document(uri.as_str())?;
    let document = &file.document;
    let diagnostics = params.context.diagnostics.iter();
    let actions = diagnostics.flat_map(|diagnostic| {
        let fixes = [
            suggested(diagnostic)
                .or_else(|| misspelled(diagnostic, index.as_deref()?, uri.as_str(), workspace)),
            escaped(diagnostic, document, workspace),
            allowed(diagnostic, document, workspace),
        ];
        fixes
            .into_iter()
            .flatten()
            .map(|(title, edit)| action(uri, diagnostic, title, edit))
    });
    Some(actions.collect())
}

fn action(
    uri: &Uri,
    diagnostic: &Diagnostic,
    title: String,
    edit: TextEdit,
) -> CodeActionOrCommand {
    #[allow(
        clippy::mutable_key_type,
        reason = "the protocol's map has addresses as keys"
    )]
    let changes = HashMap::from([(uri.clone(), vec![edit])]);
    CodeActionOrCommand::CodeAction(CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic.clone()]),
        edit: Some(WorkspaceEdit::new(changes)),
        ..CodeAction::default()
    })
}

/// Puts the name there that the help suggests.
fn suggested(diagnostic: &Diagnostic) -> Option<(String, TextEdit)> {
    let (_, rest) = diagnostic.message.split_once("did you mean `")?;
    let (name, _) = rest.split_once('`')?;
    let edit = TextEdit::new(diagnostic.range, name.to_owned());
    Some((format!("Replace by `{name}`"), edit))
}

/// Puts the nearest name there that is defined where the written one should be.
fn misspelled(
    diagnostic: &Diagnostic,
    index: &Index,
    uri: &str,
    workspace: &Workspace,
) -> Option<(String, TextEdit)> {
    let file = index.file(uri)?;
    let document = index.document(file);
    let start = document.offset(diagnostic.range.start, workspace.encoding);
    let name = name_at(&document.tree(), start)?;
    let key = index.resolve(file, &name)?;
    if index.definition(&key).is_some() {
        return None;
    }
    let (owner, written) = key.rsplit_once(['.', '/'])?;
    let candidates = index.definitions().filter_map(|definition| {
        let (other, name) = definition.key.rsplit_once(['.', '/'])?;
        (other == owner).then_some(name)
    });
    let nearest = nearest(written, candidates)?;
    let range = document.range(&bytes(token_range(&name)), workspace.encoding);
    let edit = TextEdit::new(range, escape(nearest).into_owned());
    Some((format!("Replace by `{nearest}`"), edit))
}

/// Puts a `%` before a keyword where a name is expected.
fn escaped(
    diagnostic: &Diagnostic,
    document: &Document,
    workspace: &Workspace,
) -> Option<(String, TextEdit)> {
    let message = &diagnostic.message;
    let start = document.offset(diagnostic.range.start, workspace.encoding);
    let end = document.offset(diagnostic.range.end, workspace.encoding);
    let is_label = document.text[end..].trim_start().starts_with(':');
    let is_name = message.starts_with("expected an identifier") || is_label;
    let is_keyword = is_name && message.contains("found keyword") && start <= end;
    let word = is_keyword.then(|| &document.text[start..end])?;
    let edit = TextEdit::new(
        Range::new(diagnostic.range.start, diagnostic.range.start),
        "%".to_owned(),
    );
    Some((format!("Write it as a name: `%{word}`"), edit))
}

/// Lets a finding of lint pass, with a comment above the line.
fn allowed(
    diagnostic: &Diagnostic,
    document: &Document,
    workspace: &Workspace,
) -> Option<(String, TextEdit)> {
    let Some(NumberOrString::String(code)) = &diagnostic.code else {
        return None;
    };
    lint::rule(code).ok()?;
    let mut start = diagnostic.range.start;
    start.character = 0;
    let offset = document.offset(start, workspace.encoding);
    let line = document.text[offset..].split_inclusive('\n').next().unwrap_or_default();
    let newline = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    let edit = TextEdit::new(
        Range::new(start, start),
        format!("{indent}// witgen-allow {code}{newline}"),
    );
    Some((format!("Allow `{code}` here"), edit))
}
