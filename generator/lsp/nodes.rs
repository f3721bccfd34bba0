//! Parts of syntax trees.

use std::ops::Range;

use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// Returns the interface, the world or the inline interface that a name is in.
pub(super) fn scope(name: &SyntaxNode) -> Option<SyntaxNode> {
    name.ancestors().find(|node| match node.kind() {
        SyntaxKind::Interface | SyntaxKind::World => true,
        SyntaxKind::Import | SyntaxKind::Export => child(node, SyntaxKind::Body).is_some(),
        _ => false,
    })
}

/// Returns the name of a `use` or an `include` that is taken from elsewhere.
pub(super) fn used(use_name: &SyntaxNode) -> Option<SyntaxNode> {
    child(use_name, SyntaxKind::Name)
}

/// Returns the name after `as`.
pub(super) fn alias(use_name: &SyntaxNode) -> Option<SyntaxNode> {
    children(use_name, SyntaxKind::Name).nth(1)
}

/// Returns the name that a node defines.
pub(super) fn defined_name(node: &SyntaxNode) -> Option<SyntaxNode> {
    match node.kind() {
        SyntaxKind::Interface
        | SyntaxKind::World
        | SyntaxKind::TypeAlias
        | SyntaxKind::Record
        | SyntaxKind::Variant
        | SyntaxKind::Enum
        | SyntaxKind::Flags
        | SyntaxKind::Resource
        | SyntaxKind::NamedFunction
        | SyntaxKind::Field
        | SyntaxKind::Case
        | SyntaxKind::Param
        // The label of an import or an export.
        | SyntaxKind::Import
        | SyntaxKind::Export => child(node, SyntaxKind::Name),
        SyntaxKind::UseName => alias(node),
        SyntaxKind::TopLevelUse => None,
        _ => None,
    }
}

/// Returns the smallest node with exactly these bytes that defines a name.
pub(super) fn node_at(tree: &SyntaxNode, range: &Range<usize>) -> Option<SyntaxNode> {
    let size = |at: usize| rowan::TextSize::try_from(at).ok();
    let range = rowan::TextRange::new(size(range.start)?, size(range.end)?);
    let covering = tree.covering_element(range);
    let nodes = covering.ancestors().filter(|node| node.text_range() == range);
    nodes.filter(|node| defined_name(node).is_some()).last()
}

/// Returns the name at a byte, or directly before it.
pub(super) fn name_at(tree: &SyntaxNode, offset: usize) -> Option<SyntaxNode> {
    let size = rowan::TextSize::try_from(offset).ok()?;
    if size > tree.text_range().end() {
        return None;
    }
    let tokens = tree.token_at_offset(size);
    tokens.filter(|token| !token.kind().is_trivia()).find_map(|token| {
        let parent = token.parent()?;
        (parent.kind() == SyntaxKind::Name).then_some(parent)
    })
}

pub(super) fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

pub(super) fn children(
    node: &SyntaxNode,
    kind: SyntaxKind,
) -> impl Iterator<Item = SyntaxNode> + use<> {
    node.children().filter(move |child| child.kind() == kind)
}

/// Returns the text of a name, without its `%` and what is before it.
pub(super) fn text_of(name: &SyntaxNode) -> String {
    compact(name).trim_start_matches('%').to_owned()
}

/// Returns the bytes of the token of a name.
pub(super) fn token_range(name: &SyntaxNode) -> rowan::TextRange {
    let tokens = name.children_with_tokens().filter_map(SyntaxElement::into_token);
    let token = tokens.filter(|token| !token.kind().is_trivia()).last();
    token.map_or_else(|| name.text_range(), |token| token.text_range())
}

/// Returns the tokens of a node as one text, without white space, comments and `%`.
pub(super) fn compact(node: &SyntaxNode) -> String {
    let tokens = node.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let tokens = tokens.filter(|token| !token.kind().is_trivia());
    tokens.map(|token| token.text().trim_start_matches('%').to_owned()).collect()
}

/// Returns the item that a byte is in: a package, an interface, a world, or what is in these.
pub(super) fn item_at(tree: &SyntaxNode, offset: usize) -> Option<SyntaxNode> {
    let size = rowan::TextSize::try_from(offset).ok()?;
    if size > tree.text_range().end() {
        return None;
    }
    let tokens = tree.token_at_offset(size);
    let token = tokens.filter(|token| !token.kind().is_trivia()).last()?;
    token.parent_ancestors().find(|node| {
        matches!(
            node.kind(),
            SyntaxKind::PackageLine
                | SyntaxKind::NestedPackage
                | SyntaxKind::Interface
                | SyntaxKind::World
                | SyntaxKind::Use
                | SyntaxKind::Include
                | SyntaxKind::Import
                | SyntaxKind::Export
                | SyntaxKind::TypeAlias
                | SyntaxKind::Record
                | SyntaxKind::Variant
                | SyntaxKind::Enum
                | SyntaxKind::Flags
                | SyntaxKind::Resource
                | SyntaxKind::NamedFunction
                | SyntaxKind::Constructor
        )
    })
}

/// Returns the first token of a node that isn't white space or a comment.
pub(super) fn first_token(node: &SyntaxNode) -> Option<SyntaxToken> {
    let mut tokens = node.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    tokens.find(|token| !token.kind().is_trivia())
}

/// Whether a token is a comment with documentation.
pub(super) fn is_documentation(token: &SyntaxToken) -> bool {
    let text = token.text();
    token.kind() == SyntaxKind::Comment && (text.starts_with("///") || text.starts_with("/**"))
}

/// Returns the version in a gate of an item.
pub(super) fn gate_version(item: &SyntaxNode, gate: &str) -> Option<SyntaxNode> {
    let mut gates = children(item, SyntaxKind::Gate);
    let gate = gates.find(|it| child(it, SyntaxKind::Name).is_some_and(|it| text_of(&it) == gate));
    child(&gate?, SyntaxKind::Version)
}
