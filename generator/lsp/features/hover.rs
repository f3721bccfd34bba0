//! The description of an item: its signature, its documentation, its core signature, and its users.

use std::collections::BTreeSet;

use askama::Template;
use lsp_types::{Hover, HoverContents, HoverParams};

use crate::lsp::at::At;
use crate::lsp::client::markup;
use crate::lsp::document::bytes;
use crate::lsp::functions::find_function;
use crate::lsp::index::Definition;
use crate::lsp::nodes::{item_at, token_range};
use crate::lsp::workspace::Workspace;
use crate::model::Function;
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode};
use crate::template;

/// The most users of an item that are named.
const MAX_USERS: usize = 8;

#[derive(Template)]
#[template(path = "lsp/hover.md", escape = "none")]
struct Page {
    signature: String,
    owner: String,
    gates: Vec<String>,
    documentation: String,
    core: Option<Core>,
    uses: String,
}

/// The core signatures of a function.
struct Core {
    /// How it is lowered and lifted.
    form: &'static str,
    import: String,
    export: String,
    task_return: Option<String>,
}

/// Describes the name at a position.
pub(super) fn of(workspace: &mut Workspace, params: &HoverParams) -> Option<Hover> {
    let position = &params.text_document_position_params;
    let at = At::find(workspace, position)?;
    let definition = at.definition(true)?;
    let node = at.index.node(&definition)?;
    let is_function = matches!(
        node.kind(),
        SyntaxKind::NamedFunction
            | SyntaxKind::Constructor
            | SyntaxKind::Import
            | SyntaxKind::Export
    );
    let loaded = is_function
        .then(|| workspace.loaded(position.text_document.uri.as_str()))
        .flatten();
    let function = loaded.as_ref().and_then(|it| find_function(&it.model, &definition.key));
    let owner = definition.key.rsplit_once(['.', '/']).map_or("", |(owner, _)| owner);
    let page = Page {
        signature: signature(&node),
        owner: owner.to_owned(),
        gates: gates(&node),
        documentation: documentation(&node),
        core: function.map(core),
        uses: uses(&at, &definition),
    };
    let document = at.index.document(at.file);
    let has_markdown = workspace.client.has_markdown_in_hover;
    Some(Hover {
        contents: HoverContents::Markup(markup(template::text(&page), has_markdown)),
        range: Some(document.range(&bytes(token_range(&at.name)), workspace.encoding)),
    })
}

/// Returns the core signatures of a function in the form that its type suggests.
fn core(function: &Function) -> Core {
    let abi = &function.abi;
    let (form, import, export) = if function.is_async {
        ("async", &abi.import_async, &abi.export_async)
    } else {
        ("sync", &abi.import, &abi.export)
    };
    Core {
        form,
        import: import.to_string(),
        export: export.to_string(),
        task_return: function.is_async.then(|| abi.task_return.to_string()),
    }
}

/// Returns how often an item is used, and by which others.
fn uses(at: &At, definition: &Definition) -> String {
    let own_package = definition.key.split_once('/').map_or("", |(package, _)| package);
    let mut count = 0;
    let mut users = BTreeSet::new();
    for (file, name, _) in at.index.names().filter(|(_, _, key)| *key == definition.key) {
        let range = bytes(token_range(&name));
        if file == definition.file && range == definition.name_range {
            continue;
        }
        count += 1;
        let tree = at.index.document(file).tree();
        let mut items = item_at(&tree, range.start)
            .into_iter()
            .flat_map(|item| item.ancestors().collect::<Vec<_>>());
        if let Some(key) = items.find_map(|item| at.index.key_of(file, &item)) {
            let own = key.strip_prefix(own_package).and_then(|rest| rest.strip_prefix('/'));
            users.insert(format!("`{}`", own.unwrap_or(&key)));
        }
    }
    let times = match count {
        0 => return "not used".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    let more = users.len().saturating_sub(MAX_USERS);
    let users: Vec<String> = users.into_iter().take(MAX_USERS).collect();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("used {times}, by {}{more}", users.join(", "))
}

/// Returns the text of a node without its documentation, its gates and its body.
pub(super) fn signature(node: &SyntaxNode) -> String {
    let mut signature = String::new();
    let elements = node.children_with_tokens().filter(|element| {
        !matches!(
            element.kind(),
            SyntaxKind::Gate | SyntaxKind::Comment | SyntaxKind::Body
        )
    });
    let mut is_start = true;
    for element in elements {
        let text = match &element {
            SyntaxElement::Token(token) if token.kind() == SyntaxKind::Whitespace => " ".to_owned(),
            SyntaxElement::Token(token) => token.text().to_owned(),
            SyntaxElement::Node(node) => without_comments(node),
        };
        if is_start && text.trim().is_empty() {
            continue;
        }
        is_start = false;
        signature.push_str(&text);
    }
    signature.trim_end_matches([' ', ';']).to_owned()
}

fn without_comments(node: &SyntaxNode) -> String {
    let tokens = node.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let tokens = tokens.filter(|token| token.kind() != SyntaxKind::Comment);
    let text: String = tokens.map(|token| token.text().to_owned()).collect();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.join("\n")
}

/// Returns the gates of an item.
fn gates(node: &SyntaxNode) -> Vec<String> {
    let gates = node.children().filter(|child| child.kind() == SyntaxKind::Gate);
    gates.map(|gate| without_comments(&gate).trim().to_owned()).collect()
}

/// Returns the documentation of an item: its `///` and `/** */` comments.
pub(super) fn documentation(node: &SyntaxNode) -> String {
    let mut tokens = node.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let mut lines = Vec::new();
    let is_leading = |token: &crate::syntax::SyntaxToken| token.kind().is_trivia();
    for token in tokens.by_ref().take_while(is_leading) {
        let text = token.text();
        if let Some(line) = text.strip_prefix("///") {
            lines.push(line.strip_prefix(' ').unwrap_or(line).to_owned());
        } else if let Some(block) = text.strip_prefix("/**") {
            let block = block.trim_end_matches("*/");
            lines.extend(
                block
                    .lines()
                    .map(|line| line.trim().trim_start_matches('*').trim_start().to_owned()),
            );
        }
    }
    lines.join("\n").trim().to_owned()
}
