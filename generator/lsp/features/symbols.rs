//! The items of a file, and those of the workspace by name.

use lsp_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, SymbolInformation, SymbolKind,
    WorkspaceSymbolParams, WorkspaceSymbolResponse,
};

use super::hover::signature;
use crate::lsp::at::location;
use crate::lsp::document::{Document, Encoding, bytes};
use crate::lsp::nodes::{compact, defined_name, text_of, token_range};
use crate::lsp::workspace::Workspace;
use crate::syntax::{SyntaxKind, SyntaxNode};

/// Returns the kind of what a node defines.
fn kind(node: &SyntaxNode) -> Option<SymbolKind> {
    Some(match node.kind() {
        SyntaxKind::NestedPackage => SymbolKind::PACKAGE,
        SyntaxKind::Interface => SymbolKind::INTERFACE,
        SyntaxKind::World => SymbolKind::MODULE,
        SyntaxKind::TypeAlias => SymbolKind::TYPE_PARAMETER,
        SyntaxKind::Record | SyntaxKind::Flags => SymbolKind::STRUCT,
        SyntaxKind::Variant | SyntaxKind::Enum => SymbolKind::ENUM,
        SyntaxKind::Resource => SymbolKind::CLASS,
        SyntaxKind::Constructor => SymbolKind::CONSTRUCTOR,
        SyntaxKind::NamedFunction => SymbolKind::FUNCTION,
        SyntaxKind::Field => SymbolKind::FIELD,
        SyntaxKind::Case => SymbolKind::ENUM_MEMBER,
        SyntaxKind::Import | SyntaxKind::Export => SymbolKind::EVENT,
        _ => return None,
    })
}

/// Returns the items of a document, as a tree.
pub(super) fn of_document(
    workspace: &mut Workspace,
    params: &DocumentSymbolParams,
) -> Option<DocumentSymbolResponse> {
    let uri = params.text_document.uri.as_str();
    let file = workspace.document(uri)?;
    let document = &file.document;
    let symbols = of_node(&document.tree(), document, workspace.encoding);
    Some(DocumentSymbolResponse::Nested(symbols))
}

#[allow(
    deprecated,
    reason = "the type has a field that is deprecated, and no constructor"
)]
fn of_node(node: &SyntaxNode, document: &Document, encoding: Encoding) -> Vec<DocumentSymbol> {
    let mut symbols = Vec::new();
    for child in node.children() {
        let inner = of_node(&child, document, encoding);
        let Some(kind) = kind(&child) else {
            symbols.extend(inner);
            continue;
        };
        let name = defined_name(&child);
        let selection = name.as_ref().map_or_else(|| child.text_range(), token_range);
        symbols.push(DocumentSymbol {
            name: name.as_ref().map_or_else(|| unnamed(&child), text_of),
            detail: Some(signature(&child).lines().next().unwrap_or_default().to_owned()),
            kind,
            tags: None,
            deprecated: None,
            range: document.range(&bytes(child.text_range()), encoding),
            selection_range: document.range(&bytes(selection), encoding),
            children: Some(inner),
        });
    }
    symbols
}

/// Returns what an item without a name of its own is called.
fn unnamed(node: &SyntaxNode) -> String {
    let path = node
        .children()
        .find(|child| matches!(child.kind(), SyntaxKind::Path | SyntaxKind::PackageName));
    path.map_or_else(|| "constructor".to_owned(), |path| compact(&path))
}

/// Returns the items of the open packages whose name contains a text.
#[allow(
    deprecated,
    reason = "the type has a field that is deprecated, and no constructor"
)]
pub(super) fn of_workspace(
    workspace: &mut Workspace,
    params: &WorkspaceSymbolParams,
) -> Option<WorkspaceSymbolResponse> {
    let query = params.query.to_lowercase();
    let mut symbols: Vec<SymbolInformation> = Vec::new();
    for uri in workspace.open_documents() {
        let Some(index) = workspace.index(&uri) else {
            continue;
        };
        for definition in index.definitions().filter(|it| it.name.to_lowercase().contains(&query)) {
            let Some(node) = index.node(definition) else {
                continue;
            };
            let range = &definition.name_range;
            let (Some(kind), Some(location)) = (
                kind(&node),
                location(workspace, &index, definition.file, range),
            ) else {
                continue;
            };
            let owner = definition.key.rsplit_once(['.', '/']).map(|(owner, _)| owner.to_owned());
            symbols.push(SymbolInformation {
                name: definition.name.clone(),
                kind,
                tags: None,
                deprecated: None,
                location,
                container_name: owner,
            });
        }
    }
    symbols.sort_by(|one, other| {
        (&one.name, &one.container_name).cmp(&(&other.name, &other.container_name))
    });
    symbols.dedup_by(|one, other| one.location == other.location);
    Some(WorkspaceSymbolResponse::Flat(symbols))
}
