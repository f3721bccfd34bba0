//! Inserts documentation to be completed.

use askama::Template;

use super::problem::{Fix, Problem};
use crate::lsp::document::bytes;
use crate::lsp::nodes::{
    child, children, defined_name, first_token, is_documentation, item_at, text_of,
};
use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode};
use crate::template;

/// Documentation to be completed.
#[derive(Template)]
#[template(path = "lsp/stub.md", escape = "none")]
struct Stub {
    /// The subject of the documentation, if it has none yet.
    subject: Option<String>,
    /// Parameters to describe.
    params: Vec<String>,
    /// The error type of a function whose failures need a description.
    error: Option<String>,
}

/// Inserts what documentation lacks: all of it, parameters, or when a function fails.
pub(super) fn stub(problem: &Problem<'_>) -> Option<Fix> {
    let at = problem.bytes().0;
    let item = item_at(&problem.document.tree(), at)?;
    let function = match item.kind() {
        SyntaxKind::Constructor => Some(item.clone()),
        _ => child(&item, SyntaxKind::Function),
    };
    let (title, stub) = match problem.code()? {
        "docs-missing" => (
            "Insert documentation to be completed",
            Stub {
                subject: Some(subject(&item)),
                params: function.as_ref().map(params).unwrap_or_default(),
                error: function.as_ref().and_then(error),
            },
        ),
        "param-undocumented" => (
            "Insert the parameters into the documentation",
            Stub {
                subject: None,
                // The first name is the function's.
                params: quoted(problem.diagnostic.message.lines().next()?).skip(1).collect(),
                error: None,
            },
        ),
        "errors-undocumented" => (
            "Insert when the function fails into the documentation",
            Stub {
                subject: None,
                params: Vec::new(),
                error: Some(error(&function?)?),
            },
        ),
        _ => return None,
    };
    let continues = stub.subject.is_none();
    let text = template::text(&stub);
    let lines = text.lines().map(|line| format!("/// {line}").trim_end().to_owned());
    let newline = problem.newline();
    let edit = match last_comment(&item).filter(|_| continues) {
        Some(end) => {
            let lines = std::iter::once("///".to_owned()).chain(lines);
            let indent = problem.indent(end);
            let text: String = lines.map(|line| format!("{newline}{indent}{line}")).collect();
            problem.insertion(end, text)
        }
        None => {
            let start = bytes(first_token(&item)?.text_range()).start;
            let indent = problem.indent(start);
            let text: String = lines.map(|line| format!("{line}{newline}{indent}")).collect();
            problem.insertion(start, text)
        }
    };
    Some(Fix::edit(title.to_owned(), edit))
}

/// Returns what an item is, and its name.
fn subject(item: &SyntaxNode) -> String {
    let noun = match item.kind() {
        SyntaxKind::PackageLine | SyntaxKind::NestedPackage => "package",
        SyntaxKind::Interface => "interface",
        SyntaxKind::World => "world",
        SyntaxKind::TypeAlias => "type",
        SyntaxKind::Record => "record",
        SyntaxKind::Variant => "variant",
        SyntaxKind::Enum => "enum",
        SyntaxKind::Flags => "flags",
        SyntaxKind::Resource => "resource",
        SyntaxKind::Constructor => return "the constructor".to_owned(),
        SyntaxKind::Import => "import",
        SyntaxKind::Export => "export",
        _ => "function",
    };
    let package = || {
        let name = child(item, SyntaxKind::PackageName)?;
        let names: Vec<String> = children(&name, SyntaxKind::Name).map(|it| text_of(&it)).collect();
        Some(names.join(":"))
    };
    let name = defined_name(item).map(|name| text_of(&name)).or_else(package);
    format!("the {noun} `{}`", name.unwrap_or_default())
}

fn params(function: &SyntaxNode) -> Vec<String> {
    let list = child(function, SyntaxKind::ParamList);
    let params = list.into_iter().flat_map(|list| children(&list, SyntaxKind::Param));
    params.filter_map(|param| Some(text_of(&defined_name(&param)?))).collect()
}

/// Returns the error type of a function that returns a `result` with one.
fn error(function: &SyntaxNode) -> Option<String> {
    let result = child(&child(function, SyntaxKind::Returns)?, SyntaxKind::Type)?;
    let word = result.children_with_tokens().filter_map(SyntaxElement::into_token);
    let is_result = word.into_iter().any(|token| token.text() == "result");
    let arguments = child(&result, SyntaxKind::TypeArguments).filter(|_| is_result)?;
    // `result<_, e>` has one type, and a word before the comma.
    let comma = arguments.children_with_tokens().find(|it| it.kind() == SyntaxKind::Comma)?;
    let types = children(&arguments, SyntaxKind::Type);
    let error = types.filter(|ty| ty.text_range().start() >= comma.text_range().end()).last()?;
    let text = error.text().to_string();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns the byte at which the last documentation comment before an item ends.
fn last_comment(item: &SyntaxNode) -> Option<usize> {
    let tokens = item.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let leading = tokens.take_while(|token| token.kind().is_trivia());
    let comment = leading.filter(is_documentation).last()?;
    Some(bytes(comment.text_range()).end)
}

/// Returns the parts of a message in backticks.
fn quoted(message: &str) -> impl Iterator<Item = String> {
    message.split('`').skip(1).step_by(2).map(str::to_owned)
}
