//! The gates that hold for an item.
//!
//! Releases leave out the gate of an item if it is that of the item around it. In `wit/` every item carries its own.

use witgen::syntax::SyntaxNode;

use super::tree;

/// The gates of an item, its own or those of the item around it, one per line of WIT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gates {
    /// Since when the item exists, which feature it needs, and since when it is deprecated.
    stability: Vec<String>,
    /// What only the item itself can have.
    own: Vec<String>,
}

impl Gates {
    /// Returns the gates of an item that stands in one with these gates.
    pub(super) fn of(&self, node: &SyntaxNode) -> Gates {
        let written = tree::gates(node).into_iter().map(|gate| {
            let tokens = tree::significant(&gate).map(|token| token.text().to_owned());
            tokens.collect::<String>().replace('=', " = ")
        });
        let (own, stability): (Vec<_>, Vec<_>) =
            written.partition(|gate| gate.starts_with("@external-id"));
        let stability = if stability.is_empty() {
            self.stability.clone()
        } else {
            stability
        };
        Gates { stability, own }
    }

    /// Returns the lines of WIT before an item with these gates.
    pub(super) fn to_text(&self) -> String {
        let lines = self.stability.iter().chain(&self.own);
        lines.map(|line| format!("{line}\n")).collect()
    }
}
