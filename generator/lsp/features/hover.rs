//! What something is: its signature, its documentation, and how often it is used.

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use crate::lsp::at::At;
use crate::lsp::document::bytes;
use crate::lsp::nodes::token_range;
use crate::lsp::workspace::Workspace;
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

/// Describes the name at a position.
pub(super) fn of(workspace: &mut Workspace, params: &HoverParams) -> Option<Hover> {
    let at = At::find(workspace, &params.text_document_position_params)?;
    let definition = at.definition(true)?;
    let node = at.index.node(&definition)?;
    let mut text = format!("```wit\n{}\n```\n", signature(&node));
    let owner = definition.key.rsplit_once(['.', '/']).map_or("", |(owner, _)| owner);
    text.push_str(&format!("\nin `{owner}`\n"));
    for gate in gates(&node) {
        text.push_str(&format!("\n`{gate}`\n"));
    }
    let documentation = documentation(&node);
    if !documentation.is_empty() {
        text.push_str(&format!("\n---\n\n{documentation}\n"));
    }
    let uses = at.index.names().filter(|(_, _, key)| *key == definition.key).count();
    let others = uses.saturating_sub(1);
    let times = if others == 1 { "once" } else { "times" };
    let count = if others == 1 {
        String::new()
    } else {
        format!("{others} ")
    };
    text.push_str(&format!("\n---\n\nused {count}{times}\n"));
    let document = at.index.document(at.file);
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: text,
        }),
        range: Some(document.range(&bytes(token_range(&at.name)), workspace.encoding)),
    })
}

/// Returns what a node says, without its documentation, its gates and what is in its body.
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
