//! The parts of a file that formatting must not change.

use super::spelling::{comment_text, is_documentation, text_of};
use crate::syntax::{SyntaxKind, tokens};

/// Returns the tokens and comments of a file, one per line, without the parts that formatting adds, removes and moves:
///
/// - white space, also at the beginning of lines of block comments
/// - commas at the end of lists, and among comments that aren't documentation
/// - unnecessary `%`
/// - the order of adjacent gates.
pub(super) fn of(text: &str) -> String {
    let mut essence = Essence::default();
    for (kind, text) in tokens(text) {
        match kind {
            SyntaxKind::Whitespace => {}
            SyntaxKind::Comment => essence.comment(comment_text(text)),
            SyntaxKind::Comma => {
                essence.end_gates();
                essence.comma = Some(Comma::default());
            }
            kind => essence.add(kind, text_of(text)),
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
    /// Whether the next token is in the last gate.
    in_gate: bool,
    /// An `@` that begins a gate or a version.
    at: bool,
    /// A comma, which counts unless something closes after it.
    comma: Option<Comma>,
}

/// The comments behind a comma: those that may also be before it, and those from the first one with documentation on.
#[derive(Default)]
struct Comma {
    plain: String,
    rest: String,
}

impl Essence {
    fn comment(&mut self, text: &str) {
        self.end_gates();
        let target = match &mut self.comma {
            None => &mut self.text,
            Some(comma) if comma.rest.is_empty() && !is_documentation(text) => &mut comma.plain,
            Some(comma) => &mut comma.rest,
        };
        if is_documentation(text) {
            target.push_str(text);
        } else {
            target.extend(text.lines().flat_map(|line| [line.trim_start(), "\n"]));
        }
        target.push('\n');
    }

    fn add(&mut self, kind: SyntaxKind, text: &str) {
        if let Some(comma) = self.comma.take() {
            let closes = matches!(
                kind,
                SyntaxKind::RightBrace | SyntaxKind::RightParen | SyntaxKind::Greater
            );
            self.text.push_str(&comma.plain);
            self.text.push_str(if closes { "" } else { ",\n" });
            self.text.push_str(&comma.rest);
        }
        if std::mem::take(&mut self.at) {
            // A version begins with a number, and a gate with a word.
            if kind == SyntaxKind::Integer {
                self.push("@");
            } else {
                self.gates.push("@".to_owned());
                self.in_gate = true;
            }
        }
        if kind == SyntaxKind::At {
            self.at = true;
        } else if self.in_gate
            && let Some(gate) = self.gates.last_mut()
        {
            gate.push_str(text);
            self.in_gate = kind != SyntaxKind::RightParen;
        } else {
            self.push(text);
        }
    }

    fn push(&mut self, text: &str) {
        self.end_gates();
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn end_gates(&mut self) {
        self.in_gate = false;
        self.gates.sort();
        for gate in self.gates.drain(..) {
            self.text.push_str(&gate);
            self.text.push('\n');
        }
    }
}
