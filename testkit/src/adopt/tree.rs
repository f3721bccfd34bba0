//! What the adoption reads from syntax trees.

use rowan::NodeOrToken;
use witgen::syntax::{SyntaxKind, SyntaxNode, SyntaxToken, parse};

/// Parses a file.
///
/// # Errors
///
/// A mistake in its text.
pub(super) fn parse_file(name: &str, text: &str) -> Result<SyntaxNode, String> {
    let parsed = parse(text);
    match parsed.errors.first() {
        Some(error) => Err(format!(
            "{name}:{}: {}",
            line(text, error.range.start),
            error.message
        )),
        None => Ok(parsed.tree()),
    }
}

/// Returns the line of a byte, counted from 1.
pub(super) fn line(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Returns the tokens below a node that mean something.
pub(super) fn significant(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> {
    let tokens = node.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    tokens.filter(|token| !token.kind().is_trivia())
}

/// Returns the items of a file, an interface, a world or a resource, and the members of a type.
pub(super) fn items(node: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> {
    node.children().filter(|child| child.kind() != SyntaxKind::PackageLine)
}

/// Returns the `{ … }` of an item.
pub(super) fn body(node: &SyntaxNode) -> Option<SyntaxNode> {
    let is_body = |kind| matches!(kind, SyntaxKind::Body | SyntaxKind::MemberList);
    node.children().find(|child| is_body(child.kind()))
}

/// Returns the name of an interface, a world, a type, a function or a member.
pub(super) fn name(node: &SyntaxNode) -> Option<String> {
    let name = node.children().find(|child| child.kind() == SyntaxKind::Name)?;
    Some(significant(&name).next()?.text().trim_start_matches('%').to_owned())
}

/// Returns what two versions of an item have in common: its name, or what is imported, exported, included or used.
/// A path has no version in it, and no package if that is `package`.
pub(super) fn key(node: &SyntaxNode, package: &str) -> String {
    let path = || path(node, package);
    match node.kind() {
        SyntaxKind::Constructor => "constructor".to_owned(),
        SyntaxKind::Import => format!("import {}", name(node).unwrap_or_else(path)),
        SyntaxKind::Export => format!("export {}", name(node).unwrap_or_else(path)),
        SyntaxKind::Include => format!("include {}", path()),
        SyntaxKind::Use | SyntaxKind::TopLevelUse => format!("use {}", path()),
        SyntaxKind::Interface => format!("interface {}", name(node).unwrap_or_default()),
        SyntaxKind::World => format!("world {}", name(node).unwrap_or_default()),
        _ => name(node).unwrap_or_default(),
    }
}

/// Returns the path in an item, without a version, and without the package if it is `package`.
pub(super) fn path(node: &SyntaxNode, package: &str) -> String {
    let Some(path) = node.children().find(|child| child.kind() == SyntaxKind::Path) else {
        return String::new();
    };
    let text: String = significant(&path).map(|token| token.text().to_owned()).collect();
    let text = text.split('@').next().unwrap_or_default();
    text.strip_prefix(&format!("{package}/")).unwrap_or(text).to_owned()
}

/// Returns the gates of an item.
pub(super) fn gates(node: &SyntaxNode) -> Vec<SyntaxNode> {
    node.children().filter(|child| child.kind() == SyntaxKind::Gate).collect()
}

/// Returns an item without its gates and without comments, as its tokens with blanks between them. Commas that end a list
/// don't count.
pub(super) fn signature(node: &SyntaxNode) -> String {
    let all: Vec<SyntaxToken> =
        significant(node).filter(|token| !is_in_own_gate(token, node)).collect();
    let closes = |kind| {
        matches!(
            kind,
            SyntaxKind::RightBrace | SyntaxKind::RightParen | SyntaxKind::Greater
        )
    };
    let mut words = Vec::new();
    for (index, token) in all.iter().enumerate() {
        let ends_list = all.get(index + 1).is_none_or(|next: &SyntaxToken| closes(next.kind()));
        if token.kind() != SyntaxKind::Comma || !ends_list {
            words.push(token.text());
        }
    }
    words.join(" ")
}

/// Returns the text of an item after its gates, without comments.
pub(super) fn without_comments(node: &SyntaxNode) -> String {
    let tokens = node.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    let mut text = String::new();
    let mut follows_comment = true;
    for token in tokens.filter(|token| !is_in_own_gate(token, node)) {
        match token.kind() {
            SyntaxKind::Comment => follows_comment = true,
            SyntaxKind::Whitespace if follows_comment => {}
            _ => {
                text.push_str(token.text());
                follows_comment = false;
            }
        }
    }
    text
}

/// Returns the comments of an item, before its gates, between them and in what follows, in their order. Those in `{ … }`
/// belong to what is in there.
pub(super) fn comments(node: &SyntaxNode) -> Vec<String> {
    let body = body(node);
    let tokens = node.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    tokens
        .filter(|token| token.kind() == SyntaxKind::Comment)
        .filter(|token| !body.as_ref().is_some_and(|body| is_in(token, body)))
        .map(|token| token.text().trim_end().to_owned())
        .collect()
}

/// Whether documentation comes before an item.
pub(super) fn is_documented(node: &SyntaxNode) -> bool {
    let tokens = node.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    tokens
        .take_while(|token| token.kind().is_trivia())
        .any(|token| token.text().starts_with("///") || token.text().starts_with("/**"))
}

fn is_in(token: &SyntaxToken, node: &SyntaxNode) -> bool {
    token.parent_ancestors().any(|ancestor| ancestor == *node)
}

fn is_in_own_gate(token: &SyntaxToken, node: &SyntaxNode) -> bool {
    let mut ancestors = token.parent_ancestors();
    ancestors.any(|it| it.kind() == SyntaxKind::Gate && it.parent().is_some_and(|it| it == *node))
}
