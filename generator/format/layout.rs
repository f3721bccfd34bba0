//! Where lines break, and what is between the tokens of a line.

use super::printer::Printer;
use crate::syntax::{GATES, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// Prints a file.
pub(super) fn file(file: &SyntaxNode, width: usize) -> String {
    let mut layout = Layout {
        printer: Printer::new(),
        width,
        is_flat: false,
    };
    for element in significant(file) {
        layout.printer.item();
        layout.element(&element);
    }
    layout.printer.end(file);
    layout.printer.into_text()
}

struct Layout {
    printer: Printer,
    width: usize,
    /// Whether all is printed on one line, to see whether it fits.
    is_flat: bool,
}

impl Layout {
    fn element(&mut self, element: &SyntaxElement) {
        match element {
            SyntaxElement::Token(token) => {
                self.gap(token);
                self.printer.token(token);
            }
            SyntaxElement::Node(node) => self.node(node),
        }
    }

    fn node(&mut self, node: &SyntaxNode) {
        match node.kind() {
            SyntaxKind::Body => self.body(node),
            SyntaxKind::MemberList
            | SyntaxKind::UseList
            | SyntaxKind::ParamList
            | SyntaxKind::TypeArguments => {
                self.list(node);
            }
            _ => self.plain(node),
        }
    }

    /// Prints what is in a node, with its gates first.
    fn plain(&mut self, node: &SyntaxNode) {
        let (gates, rest): (Vec<_>, Vec<_>) =
            significant(node).partition(|element| element.kind() == SyntaxKind::Gate);
        let gates: Vec<SyntaxNode> =
            gates.into_iter().filter_map(SyntaxElement::into_node).collect();
        self.gates(&gates);
        for element in rest {
            self.element(&element);
        }
    }

    /// Prints the gates of an item, each on its line. They have a fixed order, unless there are comments between them.
    fn gates(&mut self, gates: &[SyntaxNode]) {
        let mut sorted: Vec<&SyntaxNode> = gates.iter().collect();
        sorted.sort_by_key(|gate| gate_rank(gate));
        let is_sorted = sorted.iter().copied().eq(gates);
        let has_comments = gates.iter().enumerate().any(|(index, gate)| {
            let tokens = gate.descendants_with_tokens().filter_map(SyntaxElement::into_token);
            let skipped = usize::from(index == 0) * leading_trivia(gate);
            tokens.skip(skipped).any(|token| token.kind() == SyntaxKind::Comment)
        });
        if is_sorted || has_comments {
            for gate in gates {
                for element in significant(gate) {
                    self.element(&element);
                }
                self.printer.line();
            }
            return;
        }
        let first = gates[0].descendants_with_tokens().filter_map(SyntaxElement::into_token);
        if let Some(first) = first.into_iter().find(|token| !token.kind().is_trivia()) {
            self.printer.comments(&first);
        }
        for gate in sorted {
            let tokens = gate.descendants_with_tokens().filter_map(SyntaxElement::into_token);
            for token in tokens.filter(|token| !token.kind().is_trivia()) {
                self.gap(&token);
                self.printer.bare(&token);
            }
            self.printer.line();
        }
    }

    /// Prints `{ … }` with items, each on lines of its own.
    fn body(&mut self, body: &SyntaxNode) {
        let Some((open, items, close)) = parts(body) else {
            return self.each(body);
        };
        self.printer.space();
        self.printer.token(&open);
        if items.is_empty() && !has_comment(&close) {
            self.printer.bare(&close);
            return;
        }
        self.printer.open();
        for item in &items {
            self.printer.item();
            self.element(item);
        }
        self.printer.close(&close);
    }

    /// Prints a list on one line if it may be and fits there, else with each element on a line.
    fn list(&mut self, list: &SyntaxNode) {
        let Some((open, elements, close)) = parts(list) else {
            return self.each(list);
        };
        let is_members = list.kind() == SyntaxKind::MemberList;
        if self.is_flat && !is_members {
            self.printer.token(&open);
            self.flat_list(list, &elements, &close);
            return;
        }
        self.gap(&open);
        self.printer.comments(&open);
        if !is_members && let Some(line) = self.line_of(list, &open, &elements, &close) {
            self.printer.text(&line);
            return;
        }
        self.printer.bare(&open);
        if elements.is_empty() && !has_comment(&close) {
            self.printer.bare(&close);
            return;
        }
        self.printer.open();
        let mut has_comma = true;
        for element in &elements {
            match element {
                SyntaxElement::Token(comma) if comma.kind() == SyntaxKind::Comma => {
                    self.printer.comma(comma);
                    has_comma = true;
                }
                element => {
                    self.printer.item();
                    self.element(element);
                    has_comma = false;
                }
            }
        }
        if !has_comma && may_end_in_comma(list) {
            self.printer.text(",");
        }
        self.printer.close(&close);
    }

    /// Returns a list on one line, without the comments before it, if it fits there with what follows it.
    fn line_of(
        &self,
        list: &SyntaxNode,
        open: &SyntaxToken,
        elements: &[SyntaxElement],
        close: &SyntaxToken,
    ) -> Option<String> {
        let mut flat = Layout {
            printer: Printer::trial(),
            width: self.width,
            is_flat: true,
        };
        flat.printer.bare(open);
        flat.flat_list(list, elements, close);
        let line = flat.printer.into_line()?;
        let length = line.chars().count() + self.following(list)?;
        (self.printer.column() + length <= self.width).then_some(line)
    }

    /// Returns the number of characters that follow a list on its line; none if they can't be on one line.
    fn following(&self, list: &SyntaxNode) -> Option<usize> {
        if list.kind() == SyntaxKind::ParamList {
            let Some(returns) = list.next_sibling() else {
                return Some(1);
            };
            let mut flat = Layout {
                printer: Printer::trial(),
                width: self.width,
                is_flat: true,
            };
            flat.node(&returns);
            let line = flat.printer.into_line()?;
            // The semicolon.
            return Some(line.chars().count() + 1);
        }
        let mut next = list.last_token()?.next_token();
        while let Some(trivia) = next.clone().filter(|token| token.kind().is_trivia()) {
            next = trivia.next_token();
        }
        // The lists around this one are broken, so what closes them is on another line.
        let next = next?;
        Some(match next.kind() {
            // A case, and its comma.
            SyntaxKind::RightParen
                if list.ancestors().any(|node| node.kind() == SyntaxKind::Case) =>
            {
                2
            }
            SyntaxKind::Greater | SyntaxKind::RightParen | SyntaxKind::RightBrace => {
                let around = next.parent();
                usize::from(around.is_some_and(|around| may_end_in_comma(&around)))
            }
            _ => 1,
        })
    }

    /// Prints what follows the token that opens a list, on one line.
    fn flat_list(&mut self, list: &SyntaxNode, elements: &[SyntaxElement], close: &SyntaxToken) {
        let is_padded = is_padded(list) && !elements.is_empty();
        let has_dropped_comma =
            elements.last().is_some_and(|last| last.kind() == SyntaxKind::Comma);
        for (index, element) in elements.iter().enumerate() {
            match element {
                SyntaxElement::Token(comma) if comma.kind() == SyntaxKind::Comma => {
                    self.printer.nothing();
                    if index + 1 == elements.len() {
                        // Comments before and after the comma stay separate.
                        self.printer.comments(comma);
                        self.printer.space();
                    } else {
                        self.printer.token(comma);
                        self.printer.space();
                    }
                }
                element => {
                    if is_padded && index == 0 {
                        self.printer.space();
                    }
                    self.element(element);
                }
            }
        }
        if is_padded || (has_dropped_comma && has_comment(close)) {
            self.printer.space();
        } else {
            self.printer.nothing();
        }
        self.printer.token(close);
    }

    fn each(&mut self, node: &SyntaxNode) {
        for element in significant(node) {
            self.element(&element);
        }
    }

    /// Puts what belongs before a token of a line there.
    fn gap(&mut self, token: &SyntaxToken) {
        if has_space_before(token) {
            self.printer.space();
        }
    }
}

/// Returns the elements of a node except white space and comments.
fn significant(node: &SyntaxNode) -> impl Iterator<Item = SyntaxElement> + use<> {
    node.children_with_tokens().filter(|element| !element.kind().is_trivia())
}

/// Returns the token that opens a list, its elements with their commas, and the token that closes it.
fn parts(list: &SyntaxNode) -> Option<(SyntaxToken, Vec<SyntaxElement>, SyntaxToken)> {
    let mut elements: Vec<SyntaxElement> = significant(list).collect();
    let close = elements.pop()?.into_token()?;
    if elements.is_empty() {
        return None;
    }
    let open = elements.remove(0).into_token()?;
    Some((open, elements, close))
}

/// Whether there is a comment between a token and the one before it.
fn has_comment(token: &SyntaxToken) -> bool {
    let mut before = token.prev_token();
    while let Some(token) = before.filter(|token| token.kind().is_trivia()) {
        if token.kind() == SyntaxKind::Comment {
            return true;
        }
        before = token.prev_token();
    }
    false
}

/// Returns the number of a node's first tokens that are white space or comments.
fn leading_trivia(node: &SyntaxNode) -> usize {
    let tokens = node.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    tokens.take_while(|token| token.kind().is_trivia()).count()
}

/// Returns the place of a gate among those of an item: that of the normal form.
fn gate_rank(gate: &SyntaxNode) -> usize {
    let name = gate.children().find(|node| node.kind() == SyntaxKind::Name);
    let name = name.map(|name| name.text().to_string()).unwrap_or_default();
    let name = name.trim().trim_start_matches('%');
    GATES.iter().position(|known| *known == name).unwrap_or(GATES.len())
}

/// Whether a comma may follow the last element of a list.
fn may_end_in_comma(list: &SyntaxNode) -> bool {
    let of_tuple = || {
        let word = list.parent().and_then(|ty| significant(&ty).next());
        word.and_then(SyntaxElement::into_token)
            .is_some_and(|word| word.text() == "tuple")
    };
    list.kind() != SyntaxKind::TypeArguments || of_tuple()
}

/// Whether a list on one line has spaces inside of its braces: that of an `include` has.
fn is_padded(list: &SyntaxNode) -> bool {
    list.parent().is_some_and(|parent| parent.kind() == SyntaxKind::Include)
}

/// Whether a space is before a token on a line.
fn has_space_before(token: &SyntaxToken) -> bool {
    let parent = |token: &SyntaxToken| token.parent().map(|parent| parent.kind());
    let mut before = token.prev_token();
    while let Some(trivia) = before.clone().filter(|token| token.kind().is_trivia()) {
        before = trivia.prev_token();
    }
    let Some(before) = before else {
        return false;
    };
    if parent(token) == Some(SyntaxKind::Version) && before.kind() != SyntaxKind::Equals {
        return false;
    }
    match token.kind() {
        SyntaxKind::Equals | SyntaxKind::Arrow => return true,
        SyntaxKind::LeftBrace => return before.kind() != SyntaxKind::Period,
        SyntaxKind::Word | SyntaxKind::EscapedWord | SyntaxKind::Integer | SyntaxKind::String => {}
        _ => return false,
    }
    match before.kind() {
        SyntaxKind::Word
        | SyntaxKind::EscapedWord
        | SyntaxKind::Integer
        | SyntaxKind::Equals
        | SyntaxKind::Arrow
        | SyntaxKind::Comma
        | SyntaxKind::RightParen => true,
        SyntaxKind::Colon => {
            let in_path = [SyntaxKind::Path, SyntaxKind::PackageName];
            parent(&before).is_none_or(|parent| !in_path.contains(&parent))
        }
        _ => false,
    }
}
