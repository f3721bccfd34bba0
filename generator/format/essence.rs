//! What formatting may not change.

use super::spelling::text_of;
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// Returns the tokens and comments of a file, one per line, without what formatting adds, removes and moves: white space, commas at
/// the end of lists, `%` that aren't needed, and the order of gates without comments between them.
pub(super) fn of(file: &SyntaxNode) -> String {
    let mut essence = Essence::default();
    for element in file.descendants_with_tokens() {
        match element {
            SyntaxElement::Node(node) if node.kind() == SyntaxKind::Gate => {
                essence.gate_end = Some(node.text_range().end());
                essence.begins_gate = true;
            }
            SyntaxElement::Node(_) => {}
            SyntaxElement::Token(token) => essence.add(&token),
        }
    }
    essence.end_gates();
    essence.text
}

#[derive(Default)]
struct Essence {
    text: String,
    /// The gates since the last token that isn't in one.
    gates: Vec<String>,
    /// Where the last gate ends, and whether its first token is still to come.
    gate_end: Option<rowan::TextSize>,
    begins_gate: bool,
    /// A comma that counts unless something closes after it, and the comments behind it.
    comma: Option<String>,
}

impl Essence {
    fn add(&mut self, token: &SyntaxToken) {
        match token.kind() {
            SyntaxKind::Whitespace => return,
            SyntaxKind::Comma => {
                self.end_gates();
                self.comma = Some(String::new());
                return;
            }
            SyntaxKind::Comment => {
                self.end_gates();
                let text = self.comma.as_mut().unwrap_or(&mut self.text);
                text.push_str(token.text());
                text.push('\n');
                return;
            }
            _ => {}
        }
        if let Some(comments) = self.comma.take() {
            let closes = [
                SyntaxKind::RightBrace,
                SyntaxKind::RightParen,
                SyntaxKind::Greater,
            ];
            if !closes.contains(&token.kind()) {
                self.text.push_str(",\n");
            }
            self.text.push_str(&comments);
        }
        let in_gate = self.gate_end.is_some_and(|end| token.text_range().start() < end);
        if !in_gate {
            self.end_gates();
            self.text.push_str(text_of(token));
            self.text.push('\n');
        } else if self.begins_gate || self.gates.is_empty() {
            self.gates.push(text_of(token).to_owned());
            self.begins_gate = false;
        } else if let Some(gate) = self.gates.last_mut() {
            gate.push_str(text_of(token));
        }
    }

    fn end_gates(&mut self) {
        self.gates.sort();
        for gate in self.gates.drain(..) {
            self.text.push_str(&gate);
            self.text.push('\n');
        }
    }
}
