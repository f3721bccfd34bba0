//! The capabilities of a client.

use lsp_types::{InitializeParams, MarkupContent, MarkupKind, PositionEncodingKind};

use super::document::Encoding;

/// The capabilities that a client has announced at the beginning of a session.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    /// The encoding of positions: UTF-8 if the client has it, because that is how texts are stored.
    pub encoding: Encoding,
    /// Whether the client colours tokens by a grammar too, which knows comments and keywords better.
    pub has_grammar: bool,
    /// Whether a hover can be Markdown.
    pub has_markdown_in_hover: bool,
    /// Whether the documentation of a completion can be Markdown.
    pub has_markdown_in_completion: bool,
    /// Whether a link can have a tooltip.
    pub has_link_tooltips: bool,
    /// Whether the server may show progress of its own.
    pub has_progress: bool,
}

impl Client {
    pub fn of(params: &InitializeParams) -> Self {
        let capabilities = &params.capabilities;
        let general = capabilities.general.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_ref());
        let document = capabilities.text_document.as_ref();
        let tokens = document.and_then(|document| document.semantic_tokens.as_ref());
        let hover = document.and_then(|document| document.hover.as_ref());
        let completion = document.and_then(|document| document.completion.as_ref());
        let item = completion.and_then(|completion| completion.completion_item.as_ref());
        let link = document.and_then(|document| document.document_link.as_ref());
        let window = capabilities.window.as_ref();
        Client {
            encoding: match offered {
                Some(offered) if offered.contains(&PositionEncodingKind::UTF8) => Encoding::Utf8,
                _ => Encoding::Utf16,
            },
            has_grammar: tokens.and_then(|tokens| tokens.augments_syntax_tokens) == Some(true),
            has_markdown_in_hover: has_markdown(hover.and_then(|it| it.content_format.as_ref())),
            has_markdown_in_completion: has_markdown(
                item.and_then(|item| item.documentation_format.as_ref()),
            ),
            has_link_tooltips: link.and_then(|link| link.tooltip_support) == Some(true),
            has_progress: window.and_then(|window| window.work_done_progress) == Some(true),
        }
    }
}

fn has_markdown(formats: Option<&Vec<MarkupKind>>) -> bool {
    formats.is_some_and(|formats| formats.contains(&MarkupKind::Markdown))
}

/// Returns Markdown for a client; as plain text if it hasn't announced Markdown.
pub(super) fn markup(value: String, has_markdown: bool) -> MarkupContent {
    if has_markdown {
        return MarkupContent {
            kind: MarkupKind::Markdown,
            value,
        };
    }
    MarkupContent {
        kind: MarkupKind::PlainText,
        value: plain(&value),
    }
}

/// Returns Markdown without the lines that are only marks.
pub(super) fn plain(markdown: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in markdown.lines().filter(|line| !line.starts_with("```") && *line != "---") {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n")
}
