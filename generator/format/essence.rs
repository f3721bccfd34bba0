//! What formatting may not change.

use super::spelling::text_of;
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// Returns the tokens and comments of a file, without what formatting adds, removes and moves: white space, commas at the end
/// of lists, `%` that aren't needed, and the order of gates without comments between them.
pub(super) fn of(file: &SyntaxNode) -> Vec<String> {
    let tokens: Vec<SyntaxToken> = file
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|token| token.kind() != SyntaxKind::Whitespace)
        .collect();
    let mut essence: Vec<String> = Vec::new();
    let mut gates: Vec<String> = Vec::new();
    let mut gate: Option<SyntaxNode> = None;
    for (index, token) in tokens.iter().enumerate() {
        if token.kind() == SyntaxKind::Comma && ends_list(&tokens[index + 1..]) {
            continue;
        }
        let of_gate = token.parent_ancestors().find(|node| node.kind() == SyntaxKind::Gate);
        match of_gate.filter(|_| token.kind() != SyntaxKind::Comment) {
            Some(node) if gate.as_ref() == Some(&node) => {
                if let Some(last) = gates.last_mut() {
                    last.push_str(text_of(token));
                }
            }
            Some(node) => {
                gates.push(text_of(token).to_owned());
                gate = Some(node);
            }
            None => {
                gates.sort();
                essence.append(&mut gates);
                gate = None;
                essence.push(text_of(token).to_owned());
            }
        }
    }
    gates.sort();
    essence.append(&mut gates);
    essence
}

/// Whether the next token but comments closes something.
fn ends_list(after: &[SyntaxToken]) -> bool {
    let mut after = after.iter().map(SyntaxToken::kind);
    let next = after.find(|kind| *kind != SyntaxKind::Comment);
    matches!(
        next,
        Some(SyntaxKind::RightBrace | SyntaxKind::RightParen | SyntaxKind::Greater)
    )
}
