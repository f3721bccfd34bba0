//! Turns errors of wit-parser into diagnostics with a place and advice.

use std::sync::Arc;

use wit_parser::{ParseError, ParseErrorKind, ResolveError, ResolveErrorKind, SourceMap, Span};

use super::text::{Texts, locate};
use crate::diagnostic::{Code, Diagnostic, Place, Position, SourceFile, codes};
use crate::panics::Panic;

/// Returns the diagnostic for a parse error.
pub(super) fn parse(error: &ParseError, map: &SourceMap, texts: &Texts) -> Diagnostic {
    let (code, help) = match error.kind() {
        ParseErrorKind::ItemNotFound { .. } => (
            codes::UNKNOWN_ITEM,
            Some("is it spelled right, and is its `use` or its interface there?"),
        ),
        ParseErrorKind::TypeCycle { .. } => (
            codes::CYCLIC_ITEM,
            Some("WIT has no recursive items; a resource can stand for the inner one"),
        ),
        _ => (codes::INVALID_WIT, None),
    };
    let failure = with_lines(code, &error.to_string());
    help.into_iter().fold(
        located(failure, error.kind().span(), map, texts),
        Diagnostic::help,
    )
}

/// Returns the diagnostic for an error of name resolution.
pub(super) fn resolve(error: &ResolveError, map: &SourceMap, texts: &Texts) -> Diagnostic {
    let kind = error.kind();
    let span = kind.span();
    match kind {
        ResolveErrorKind::PackageNotFound {
            requested, known, ..
        } => {
            let failure = Diagnostic::error(
                codes::MISSING_PACKAGE,
                format!("package `{requested}` is not among the dependencies"),
            );
            let failure = located(failure, span, map, texts)
                .help("`witgen fetch` gets it from a registry, or put it into `deps/` beside the package's files");
            if known.is_empty() {
                return failure;
            }
            let known: Vec<_> = known.iter().map(ToString::to_string).collect();
            failure.help(format!("packages: {}", known.join(", ")))
        }
        ResolveErrorKind::PackageCycle { package, .. } => {
            let failure = Diagnostic::error(
                codes::PACKAGE_CYCLE,
                format!("package `{package}` depends on itself through its dependencies"),
            );
            located(failure, span, map, texts).help("move what both need into a package of its own")
        }
        ResolveErrorKind::DuplicatePackage { name, span1, span2 } => {
            let failure = Diagnostic::error(
                codes::DUPLICATE_PACKAGE,
                format!("package `{name}` is defined in two places"),
            );
            [*span1, *span2]
                .into_iter()
                .fold(failure, |failure, span| located(failure, span, map, texts))
                .help("remove one of them, or give it another name or version")
        }
        ResolveErrorKind::WorldNotFound {
            requested, package, ..
        } => {
            let failure = Diagnostic::error(
                codes::UNKNOWN_ITEM,
                format!("no world `{requested}` in package `{package}`"),
            );
            located(failure, span, map, texts)
        }
        ResolveErrorKind::InterfaceNotFound {
            requested, package, ..
        } => {
            let failure = Diagnostic::error(
                codes::UNKNOWN_ITEM,
                format!("no interface `{requested}` in package `{package}`"),
            );
            located(failure, span, map, texts)
        }
        _ => located(
            with_lines(codes::INVALID_WIT, &error.to_string()),
            span,
            map,
            texts,
        ),
    }
}

/// Returns the diagnostic for text on which the parser or the resolver panics.
pub(super) fn panicked(panic: &Panic, texts: &Texts) -> Diagnostic {
    let failure = Diagnostic::error(
        codes::INVALID_WIT,
        format!("this WIT can't be read: {panic}"),
    );
    // wit-parser 0.262 takes it for documentation, and expects that to end after its beginning.
    let empty_comments: Vec<_> = texts.values().filter_map(empty_comment).collect();
    if empty_comments.is_empty() {
        return texts
            .keys()
            .fold(failure, |failure, path| failure.at(Place::path(path)))
            .help("please report it to the library's authors, with the text");
    }
    empty_comments
        .into_iter()
        .fold(failure, |failure, position| failure.at(position.into()))
        .help("write the empty comment with a space in it: `/* */`")
}

/// Finds the comment `/**/`, unless it is in another comment.
fn empty_comment(file: &Arc<SourceFile>) -> Option<Position> {
    let text = file.text().as_bytes();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(b"/**/") {
            return Some(Position::new(file.clone(), at..at + 4));
        }
        at += comment_length(rest).unwrap_or(1);
    }
    None
}

/// Returns the length of the comment that a text begins with, if it begins with one. Comments in `/*` nest.
fn comment_length(text: &[u8]) -> Option<usize> {
    if text.starts_with(b"//") {
        return Some(text.iter().take_while(|byte| **byte != b'\n').count());
    }
    let mut open = usize::from(text.starts_with(b"/*"));
    let mut at = 2;
    while open > 0 && at < text.len() {
        match text[at..] {
            [b'/', b'*', ..] => (open, at) = (open + 1, at + 2),
            [b'*', b'/', ..] => (open, at) = (open - 1, at + 2),
            _ => at += 1,
        }
    }
    text.starts_with(b"/*").then_some(at)
}

/// Returns a diagnostic whose message is the first line; the other lines become advice.
fn with_lines(code: Code, message: &str) -> Diagnostic {
    let mut lines = message.lines().map(str::trim).filter(|l| !l.is_empty());
    let failure = Diagnostic::error(code, lines.next().unwrap_or_default());
    lines.fold(failure, Diagnostic::help)
}

/// Adds the place of a span to a diagnostic.
fn located(failure: Diagnostic, span: Span, map: &SourceMap, texts: &Texts) -> Diagnostic {
    // The span may be unknown, for example that of a package without a header.
    match locate(span, map, texts) {
        Some(position) => failure.at(position.into()),
        None => map.source_names().fold(failure, |failure, path| failure.at(Place::path(path))),
    }
}
