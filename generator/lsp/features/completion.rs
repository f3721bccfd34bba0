//! Completions at a position.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, Documentation, Range,
    TextEdit,
};

use super::hover::{documentation, signature};
use crate::lsp::client::{markup, plain};
use crate::lsp::document::bytes;
use crate::lsp::functions::full_name;
use crate::lsp::index::{Definition, Index};
use crate::lsp::nodes::{child, children, scope, used};
use crate::lsp::workspace::Workspace;
use crate::model::keyword::escaped;
use crate::syntax::{SyntaxKind, SyntaxNode, SyntaxToken};

const BUILT_IN_TYPES: [&str; 25] = [
    "bool",
    "borrow",
    "char",
    "error-context",
    "f32",
    "f64",
    "future",
    "list",
    "map",
    "option",
    "own",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "stream",
    "string",
    "tuple",
    "u16",
    "u32",
    "u64",
    "u8",
    "async",
    "func",
];

/// Returns what can be at a position.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &CompletionParams,
) -> Option<CompletionResponse> {
    let position = &params.text_document_position;
    let uri = position.text_document.uri.as_str();
    let encoding = workspace.encoding;
    let index = workspace.index(uri)?;
    let file = index.file(uri)?;
    let document = index.document(file);
    let offset = document.offset(position.position, encoding);
    let before = before(&document.tree(), offset);
    let mut items = match context(before.as_ref()) {
        Context::Gate => gates(),
        Context::UseList(item) => types_of_use(&index, file, &item),
        Context::Path(place) => {
            let start = path_start(&document.text, offset);
            let range = document.range(&(start..offset), encoding);
            interfaces(&index, file, &place, range)
        }
        Context::Type(place) => types(&index, file, &place),
        Context::Item(words) => keywords(words),
        Context::Nothing => Vec::new(),
    };
    for item in &mut items {
        if let Some(Documentation::String(text)) = item.documentation.take() {
            item.documentation = Some(if workspace.client.has_markdown_in_completion {
                Documentation::MarkupContent(markup(text, true))
            } else {
                Documentation::String(plain(&text))
            });
        }
    }
    Some(CompletionResponse::Array(items))
}

/// Where a position is in the grammar.
enum Context {
    /// After `@`.
    Gate,
    /// In the braces of a `use`.
    UseList(SyntaxNode),
    /// After `use`, `import`, `export` or `include`.
    Path(SyntaxNode),
    /// Where a type is expected.
    Type(SyntaxNode),
    /// Where an item begins.
    Item(&'static [&'static str]),
    Nothing,
}

/// Returns the token before another, over nodes without tokens, such as a path that is missing.
fn previous(tree: &SyntaxNode, token: &SyntaxToken) -> Option<SyntaxToken> {
    let start = token.text_range().start();
    let before = tree.token_at_offset(start).left_biased()?;
    (before != *token).then_some(before)
}

/// Returns the last token that ends before a word that is being written.
fn before(tree: &SyntaxNode, offset: usize) -> Option<SyntaxToken> {
    let size = rowan::TextSize::try_from(offset).ok()?;
    let mut token = tree.token_at_offset(size.min(tree.text_range().end())).left_biased()?;
    let is_word = matches!(token.kind(), SyntaxKind::Word | SyntaxKind::EscapedWord);
    if is_word && bytes(token.text_range()).end >= offset {
        token = previous(tree, &token)?;
    }
    while token.kind().is_trivia() {
        if token.kind() == SyntaxKind::Comment && bytes(token.text_range()).end >= offset {
            return None;
        }
        token = previous(tree, &token)?;
    }
    Some(token)
}

const TOP_LEVEL: &[&str] = &["interface", "package", "use", "world"];
const IN_INTERFACE: &[&str] = &[
    "enum", "flags", "record", "resource", "type", "use", "variant",
];
const IN_WORLD: &[&str] = &[
    "enum", "export", "flags", "import", "include", "record", "resource", "type", "use", "variant",
];
const IN_RESOURCE: &[&str] = &["constructor"];

fn context(before: Option<&SyntaxToken>) -> Context {
    let Some(token) = before else {
        return Context::Item(TOP_LEVEL);
    };
    let Some(parent) = token.parent() else {
        return Context::Nothing;
    };
    let in_use = parent.ancestors().find(|node| node.kind() == SyntaxKind::Use);
    match token.kind() {
        SyntaxKind::At => Context::Gate,
        SyntaxKind::LeftBrace | SyntaxKind::Comma if in_use.is_some() => {
            in_use.map_or(Context::Nothing, Context::UseList)
        }
        SyntaxKind::Word if matches!(token.text(), "use" | "import" | "export" | "include") => {
            Context::Path(parent)
        }
        SyntaxKind::Colon | SyntaxKind::Slash if parent.kind() == SyntaxKind::Path => {
            Context::Path(parent)
        }
        SyntaxKind::Colon | SyntaxKind::Less | SyntaxKind::Arrow | SyntaxKind::Equals => {
            Context::Type(parent)
        }
        SyntaxKind::Comma if parent.kind() == SyntaxKind::TypeArguments => Context::Type(parent),
        SyntaxKind::LeftParen if parent.kind() == SyntaxKind::Case => Context::Type(parent),
        SyntaxKind::LeftBrace | SyntaxKind::RightBrace | SyntaxKind::Semicolon => {
            Context::Item(words_in(&parent, token.kind()))
        }
        _ => Context::Nothing,
    }
}

/// Returns the words that begin an item after a token.
fn words_in(parent: &SyntaxNode, kind: SyntaxKind) -> &'static [&'static str] {
    // The token that ends an item belongs to it.
    let skipped = usize::from(kind != SyntaxKind::LeftBrace);
    let mut bodies = parent.ancestors().filter(|node| {
        matches!(
            node.kind(),
            SyntaxKind::Body | SyntaxKind::MemberList | SyntaxKind::File
        )
    });
    let is_body_end = kind == SyntaxKind::RightBrace
        && matches!(parent.kind(), SyntaxKind::Body | SyntaxKind::MemberList);
    let body = bodies.nth(if is_body_end { skipped } else { 0 });
    let owner = body.and_then(|body| match body.kind() {
        SyntaxKind::Body => body.parent().map(|owner| owner.kind()),
        kind => Some(kind),
    });
    match owner {
        Some(SyntaxKind::Interface | SyntaxKind::Import | SyntaxKind::Export) => IN_INTERFACE,
        Some(SyntaxKind::World) => IN_WORLD,
        Some(SyntaxKind::Resource) => IN_RESOURCE,
        Some(SyntaxKind::MemberList) => &[],
        _ => TOP_LEVEL,
    }
}

fn keywords(words: &[&str]) -> Vec<CompletionItem> {
    let items = words.iter().map(|word| CompletionItem {
        label: (*word).to_owned(),
        kind: Some(CompletionItemKind::KEYWORD),
        ..CompletionItem::default()
    });
    items.collect()
}

fn gates() -> Vec<CompletionItem> {
    let gates = [
        "since(version = )",
        "unstable(feature = )",
        "deprecated(version = )",
        "external-id(\"\")",
    ];
    keywords(&gates)
}

/// Returns the types of the interface that a `use` names.
fn types_of_use(index: &Index, file: usize, item: &SyntaxNode) -> Vec<CompletionItem> {
    let owner = child(item, SyntaxKind::Path)
        .and_then(|path| children(&path, SyntaxKind::Name).last())
        .and_then(|name| index.resolve(file, &name));
    owner.map_or_else(Vec::new, |owner| members(index, &owner))
}

/// Returns the types that an interface or a world defines.
fn members(index: &Index, owner: &str) -> Vec<CompletionItem> {
    let is_type = |definition: &&Definition| {
        let inside = definition.key.strip_prefix(owner).and_then(|rest| rest.strip_prefix('.'));
        let kinds = [
            SyntaxKind::TypeAlias,
            SyntaxKind::Record,
            SyntaxKind::Variant,
            SyntaxKind::Enum,
            SyntaxKind::Flags,
            SyntaxKind::Resource,
            SyntaxKind::UseName,
        ];
        inside.is_some_and(|name| !name.contains('.')) && kinds.contains(&definition.kind)
    };
    let types = index.definitions().filter(is_type);
    sorted(types.map(|it| described(index, it, escaped(&it.name).into_owned())).collect())
}

/// Returns the types in scope of a place.
fn types(index: &Index, file: usize, place: &SyntaxNode) -> Vec<CompletionItem> {
    let mut items = Vec::new();
    if let Some(owner) = scope(place) {
        let name = crate::lsp::nodes::defined_name(&owner);
        if let Some(key) = name.and_then(|name| index.resolve(file, &name)) {
            items = members(index, &key);
        }
        // Those with an `as` are among the members.
        let is_plain = |node: &SyntaxNode| {
            node.kind() == SyntaxKind::UseName && crate::lsp::nodes::defined_name(node).is_none()
        };
        let used_names = owner.descendants().filter(is_plain);
        for name in used_names.filter_map(|node| used(&node)) {
            let definition =
                index.resolve(file, &name).and_then(|key| index.definition(&key).cloned());
            let text = crate::lsp::nodes::text_of(&name);
            if let Some(definition) = definition.filter(|_| items.iter().all(|it| it.label != text))
            {
                items.push(described(index, &definition, text));
            }
        }
    }
    let mut items = sorted(items);
    let built_in = BUILT_IN_TYPES.iter().map(|word| CompletionItem {
        label: (*word).to_owned(),
        kind: Some(CompletionItemKind::TYPE_PARAMETER),
        ..CompletionItem::default()
    });
    items.extend(built_in);
    items
}

/// Returns where the path that ends at a byte begins.
fn path_start(text: &str, end: usize) -> usize {
    let is_part = |char: char| char.is_ascii_alphanumeric() || "-:/@.+%".contains(char);
    text[..end].trim_end_matches(is_part).len()
}

/// Returns the interfaces and worlds: those of the package around a place by their names, others by their full ones. They replace
/// the whole path, of which editors take only the last word for what is being written.
fn interfaces(index: &Index, file: usize, place: &SyntaxNode, range: Range) -> Vec<CompletionItem> {
    let package = format!("{}/", index.package(file, place));
    let found = index
        .definitions()
        .filter(|definition| matches!(definition.kind, SyntaxKind::Interface | SyntaxKind::World));
    let items = found.map(|definition| {
        let label = if definition.key.starts_with(&package) {
            escaped(&definition.name).into_owned()
        } else {
            let package = definition.key.split_once('/').map_or("", |(package, _)| package);
            full_name(package, &definition.name)
        };
        CompletionItem {
            filter_text: Some(label.clone()),
            text_edit: Some(TextEdit::new(range, label.clone()).into()),
            ..described(index, definition, label)
        }
    });
    sorted(items.collect())
}

fn described(index: &Index, definition: &Definition, label: String) -> CompletionItem {
    let node = index.node(definition);
    let documentation = node.as_ref().map(documentation).filter(|text| !text.is_empty());
    let kind = match definition.kind {
        SyntaxKind::Interface => CompletionItemKind::INTERFACE,
        SyntaxKind::World => CompletionItemKind::MODULE,
        SyntaxKind::Resource => CompletionItemKind::CLASS,
        SyntaxKind::Enum | SyntaxKind::Variant => CompletionItemKind::ENUM,
        _ => CompletionItemKind::STRUCT,
    };
    CompletionItem {
        label,
        kind: Some(kind),
        detail: node.map(|node| signature(&node).lines().next().unwrap_or_default().to_owned()),
        documentation: documentation.map(Documentation::String),
        ..CompletionItem::default()
    }
}

fn sorted(mut items: Vec<CompletionItem>) -> Vec<CompletionItem> {
    items.sort_by(|one, other| one.label.cmp(&other.label));
    items.dedup_by(|one, other| one.label == other.label);
    items
}
