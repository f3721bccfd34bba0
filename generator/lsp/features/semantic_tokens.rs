//! The kind of each token, for colours.

use lsp_types::{
    SemanticToken, SemanticTokenType, SemanticTokens, SemanticTokensParams, SemanticTokensResult,
};

use crate::lsp::document::bytes;
use crate::lsp::workspace::Workspace;
use crate::model::keyword::is_keyword;
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxToken};

/// The kinds of tokens, by the numbers that the protocol sends.
pub(super) const TYPES: [SemanticTokenType; 14] = [
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::INTERFACE,
    SemanticTokenType::TYPE,
    SemanticTokenType::STRUCT,
    SemanticTokenType::ENUM,
    SemanticTokenType::CLASS,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::KEYWORD,
    SemanticTokenType::COMMENT,
    SemanticTokenType::NUMBER,
    SemanticTokenType::DECORATOR,
];

/// Returns the tokens of a document.
pub(super) fn of(
    workspace: &mut Workspace,
    params: &SemanticTokensParams,
) -> Option<SemanticTokensResult> {
    let file = workspace.document(params.text_document.uri.as_str())?;
    let document = &file.document;
    let encoding = workspace.encoding;
    let mut data = Vec::new();
    let mut last = lsp_types::Position::default();
    let mut last_at = 0;
    let tokens = document.tree().descendants_with_tokens().filter_map(SyntaxElement::into_token);
    for token in tokens {
        let Some(kind) = kind(&token) else { continue };
        let of_grammar = [
            SemanticTokenType::COMMENT,
            SemanticTokenType::KEYWORD,
            SemanticTokenType::NUMBER,
        ];
        if workspace.client.has_grammar && of_grammar.contains(&kind) {
            continue;
        }
        let Some(number) = TYPES.iter().position(|it| *it == kind) else {
            continue;
        };
        let start = bytes(token.text_range()).start;
        let mut at = start;
        // A token of several lines is sent line by line.
        for line in token.text().split_inclusive('\n') {
            let text = line.trim_end_matches(['\n', '\r']);
            let length = encoding.length(text);
            let (start, end) = (at, at + line.len());
            at = end;
            if length == 0 {
                continue;
            }
            let between = &document.text[last_at..start];
            // On one line, only what is between is counted, so that long lines take linear time.
            let position = if between.contains('\n') {
                document.position(start, encoding)
            } else {
                let length = u32::try_from(encoding.length(between)).unwrap_or(u32::MAX);
                lsp_types::Position::new(last.line, last.character.saturating_add(length))
            };
            last_at = start;
            let is_same_line = position.line == last.line;
            let before = if is_same_line { last.character } else { 0 };
            data.push(SemanticToken {
                delta_line: position.line - last.line,
                delta_start: position.character - before,
                length: u32::try_from(length).unwrap_or(u32::MAX),
                token_type: u32::try_from(number).unwrap_or_default(),
                token_modifiers_bitset: 0,
            });
            last = position;
        }
    }
    Some(SemanticTokensResult::Tokens(SemanticTokens {
        result_id: None,
        data,
    }))
}

/// Returns what a token is.
fn kind(token: &SyntaxToken) -> Option<SemanticTokenType> {
    let parent = token.parent()?;
    let around = parent.parent().map(|node| node.kind());
    Some(match token.kind() {
        SyntaxKind::Comment => SemanticTokenType::COMMENT,
        SyntaxKind::Integer => SemanticTokenType::NUMBER,
        SyntaxKind::String | SyntaxKind::At if parent.kind() == SyntaxKind::Gate => {
            SemanticTokenType::DECORATOR
        }
        SyntaxKind::Word | SyntaxKind::EscapedWord if parent.kind() == SyntaxKind::Name => {
            match around? {
                SyntaxKind::PackageName => SemanticTokenType::NAMESPACE,
                SyntaxKind::Gate => SemanticTokenType::DECORATOR,
                SyntaxKind::Interface | SyntaxKind::World | SyntaxKind::Path => {
                    SemanticTokenType::INTERFACE
                }
                SyntaxKind::Record | SyntaxKind::Flags => SemanticTokenType::STRUCT,
                SyntaxKind::Variant | SyntaxKind::Enum => SemanticTokenType::ENUM,
                SyntaxKind::Resource => SemanticTokenType::CLASS,
                SyntaxKind::Case => SemanticTokenType::ENUM_MEMBER,
                SyntaxKind::Field => SemanticTokenType::PROPERTY,
                SyntaxKind::Param => SemanticTokenType::PARAMETER,
                SyntaxKind::NamedFunction | SyntaxKind::Import | SyntaxKind::Export => {
                    SemanticTokenType::FUNCTION
                }
                _ => SemanticTokenType::TYPE,
            }
        }
        SyntaxKind::Word if parent.kind() == SyntaxKind::Type => SemanticTokenType::TYPE,
        SyntaxKind::Word if is_keyword(token.text()) || matches!(token.text(), "get" | "set") => {
            SemanticTokenType::KEYWORD
        }
        _ => return None,
    })
}
