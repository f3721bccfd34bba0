//! Renames an item where it is defined, used and written about.

use std::collections::{HashMap, HashSet};

use lsp_server::ErrorCode;
use lsp_types::{
    PrepareRenameResponse, RenameParams, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};

use crate::lsp::at::At;
use crate::lsp::document::bytes;
use crate::lsp::index::{Definition, Index};
use crate::lsp::nodes::{is_documentation, scope, text_of, token_range};
use crate::lsp::refusal::Refusal;
use crate::lsp::workspace::Workspace;
use crate::model::keyword::escaped;
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

fn refused(why: impl Into<String>) -> Refusal {
    (ErrorCode::RequestFailed, why.into())
}

/// Returns the name at a position, if it can be renamed.
pub(super) fn prepare(
    workspace: &mut Workspace,
    params: &TextDocumentPositionParams,
) -> Result<PrepareRenameResponse, Refusal> {
    let at = own(workspace, params)?.at;
    let range = bytes(token_range(&at.name));
    Ok(PrepareRenameResponse::RangeWithPlaceholder {
        range: at.index.document(at.file).range(&range, workspace.encoding),
        placeholder: text_of(&at.name),
    })
}

/// A name that can be renamed.
struct Renamed {
    at: At,
    old_name: String,
    /// The names to change, with their files.
    uses: Vec<(usize, SyntaxNode)>,
    /// The renamed definition; `None` for a local name of a file.
    definition: Option<Definition>,
}

/// Returns the name at a position of something that this package defines, with its uses.
fn own(workspace: &mut Workspace, params: &TextDocumentPositionParams) -> Result<Renamed, Refusal> {
    let at = At::find(workspace, params).ok_or_else(|| refused("there is no name here"))?;
    if let Some(alias) = at.index.alias_at(at.file, &at.name) {
        let names = at.index.document(at.file).tree().descendants();
        let names = names.filter(|node| node.kind() == SyntaxKind::Name);
        let uses = names.filter(|name| at.index.alias_at(at.file, name).as_ref() == Some(&alias));
        return Ok(Renamed {
            uses: uses.map(|name| (at.file, name)).collect(),
            old_name: alias.1,
            definition: None,
            at,
        });
    }
    let definition = at.definition(false);
    let definition = definition.ok_or_else(|| refused("nothing defines this name"))?;
    if !at.index.files[definition.file].is_own {
        let name = &definition.name;
        return Err(refused(format!("`{name}` belongs to a dependency")));
    }
    let name = &definition.name;
    if text_of(&at.name) != *name {
        return Err(refused(format!(
            "this name stands for `{name}`; rename that where it is defined"
        )));
    }
    // A use under another name stays.
    let uses = at
        .index
        .names()
        .filter(|(_, name, key)| *key == at.key && text_of(name) == definition.name);
    Ok(Renamed {
        uses: uses.map(|(file, name, _)| (file, name)).collect(),
        old_name: definition.name.clone(),
        definition: Some(definition),
        at,
    })
}

/// Whether the new name of an item is already used at its definition or its uses.
fn is_taken(renamed: &Renamed, scopes: &HashSet<String>, new_name: &str) -> bool {
    let index = &renamed.at.index;
    let packages = renamed.uses.iter().map(|(file, name)| (*file, index.package(*file, name)));
    let has_alias = || {
        packages
            .clone()
            .any(|(file, package)| index.has_alias(file, &package, new_name))
    };
    let Some(definition) = &renamed.definition else {
        let is_item = |(_, package)| index.has_name(&format!("{package}/{new_name}"));
        return has_alias() || packages.clone().any(is_item);
    };
    // A type's name is known wherever it is used; those of others only where they are.
    let is_type = matches!(
        definition.kind,
        SyntaxKind::TypeAlias
            | SyntaxKind::Record
            | SyntaxKind::Variant
            | SyntaxKind::Enum
            | SyntaxKind::Flags
            | SyntaxKind::Resource
            | SyntaxKind::UseName
    );
    let is_top_level = matches!(definition.kind, SyntaxKind::Interface | SyntaxKind::World);
    let owner = renamed.at.key.strip_suffix(&renamed.old_name).unwrap_or_default();
    let in_scopes = scopes
        .iter()
        .filter(|_| is_type)
        .flat_map(|scope| ["", "import:"].map(|kind| format!("{scope}.{kind}{new_name}")));
    let mut keys = std::iter::once(format!("{owner}{new_name}")).chain(in_scopes);
    keys.any(|key| index.has_name(&key)) || (is_top_level && has_alias())
}

/// Renames what is at a position.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &RenameParams,
) -> Result<WorkspaceEdit, Refusal> {
    let renamed = own(workspace, &params.text_document_position)?;
    let new_name = params.new_name.trim_start_matches('%');
    wit_parser::validate_id(new_name).map_err(|error| refused(format!("`{new_name}`: {error}")))?;
    let at = &renamed.at;
    let scopes: HashSet<String> = renamed
        .uses
        .iter()
        .filter_map(|(file, name)| at.index.key_of(*file, &scope(name)?))
        .collect();
    if new_name != renamed.old_name && is_taken(&renamed, &scopes, new_name) {
        return Err(refused(format!("`{new_name}` exists already")));
    }
    let kind = renamed.definition.as_ref().map(|definition| definition.kind);
    let is_part = matches!(
        kind,
        Some(SyntaxKind::Field | SyntaxKind::Case | SyntaxKind::Param)
    );
    let mut edits: HashMap<usize, Vec<TextEdit>> = HashMap::new();
    let encoding = workspace.encoding;
    let mut edit = |file: usize, range: std::ops::Range<usize>, text: String| {
        let range = at.index.document(file).range(&range, encoding);
        edits.entry(file).or_default().push(TextEdit::new(range, text));
    };
    for (file, name) in &renamed.uses {
        edit(
            *file,
            bytes(token_range(name)),
            escaped(new_name).into_owned(),
        );
    }
    for file in 0..at.index.files.len() {
        // Elsewhere, the name of a field, a case or a parameter may be another's.
        let has_uses = renamed.uses.iter().any(|(other, _)| *other == file);
        if is_part || !at.index.files[file].is_own || !has_uses {
            continue;
        }
        for (start, comment) in documentation_in(&at.index, file, &scopes) {
            for at in quoted(&comment, &renamed.old_name) {
                let range = start + at..start + at + renamed.old_name.len();
                edit(file, range, new_name.to_owned());
            }
        }
    }
    #[allow(
        clippy::mutable_key_type,
        reason = "the protocol's map has addresses as keys"
    )]
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (file, edits) in edits {
        if let Ok(uri) = at.index.files[file].uri.parse() {
            changes.insert(uri, edits);
        }
    }
    Ok(WorkspaceEdit::new(changes))
}

/// Returns the documentation comments of a file that are in one of these interfaces and worlds, or above them, with the bytes
/// where they begin.
fn documentation_in(index: &Index, file: usize, scopes: &HashSet<String>) -> Vec<(usize, String)> {
    let tree = index.document(file).tree();
    let tokens = tree.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let comments = tokens.filter(is_documentation);
    comments
        .filter(|token| {
            let scope = token.parent().and_then(|node| scope(&node));
            let key = scope.and_then(|scope| index.key_of(file, &scope));
            key.is_some_and(|key| scopes.contains(&key))
        })
        .map(|token| {
            (
                usize::from(token.text_range().start()),
                token.text().to_owned(),
            )
        })
        .collect()
}

/// Returns where a name is in backticks, alone or as the last part of a path.
fn quoted(text: &str, name: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('`') {
        let start = at + open + 1;
        let Some(length) = text[start..].find('`') else {
            break;
        };
        let code = &text[start..start + length];
        let is_name = code == name || code.ends_with(&format!(".{name}"));
        if is_name {
            found.push(start + length - name.len());
        }
        at = start + length + 1;
    }
    found
}
