//! Turns errors of wit-parser into diagnostics with a place and advice.

use std::path::Path;

use semver::Version;
use wit_parser::{
    PackageName, ParseError, ParseErrorKind, ResolveError, ResolveErrorKind, SourceMap, Span,
};

use super::builtin;
use super::package_line::{PackageLine, line_of, package_lines};
use super::text::{Texts, locate};
use crate::diagnostic::{Code, Diagnostic, Place, codes};
use crate::panics::Panic;

/// Returns the diagnostic for a parse error.
pub(super) fn parse(error: &ParseError, map: &SourceMap, texts: &Texts) -> Diagnostic {
    if let ParseErrorKind::Syntax { message, .. } = error.kind()
        && message.starts_with("package identifier ")
    {
        return several_packages(&package_lines(texts, map.source_names()));
    }
    let (code, help) = match error.kind() {
        ParseErrorKind::ItemNotFound { .. } => (
            codes::UNKNOWN_ITEM,
            Some("check its spelling, and that its `use` or its interface exists"),
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

/// Returns the diagnostic for an error of name resolution among these dependencies.
pub(super) fn resolve(
    error: &ResolveError,
    map: &SourceMap,
    texts: &Texts,
    known: &[PackageName],
) -> Diagnostic {
    let kind = error.kind();
    let span = kind.span();
    match kind {
        ResolveErrorKind::PackageNotFound { requested, .. } => {
            let versions = known.iter().filter(|known| {
                (&known.namespace, &known.name) == (&requested.namespace, &requested.name)
            });
            let versions: Vec<_> = versions.map(|known| format!("`{known}`")).collect();
            let message = format!("package `{requested}` is not among the dependencies");
            let message = if versions.is_empty() {
                message
            } else {
                format!("{message}, which have {}", versions.join(" and "))
            };
            let failure = Diagnostic::error(codes::MISSING_PACKAGE, message);
            let failure = located(failure, span, map, texts);
            let failure = match builtin::version_of(requested) {
                Some(built_in) => failure.help(format!("witgen contains `{built_in}`")),
                None => failure,
            };
            if !versions.is_empty() {
                return failure
                    .help("change the WIT to one of these versions, or add the missing version")
                    .help("`witgen fetch` gets it from a registry; or add it to `deps/` next to the package's files");
            }
            let failure = failure
                .help("`witgen fetch` gets it from a registry; or add it to `deps/` next to the package's files");
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
            located(failure, span, map, texts).help("move the shared items into another package")
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
        ResolveErrorKind::Semantic { message, .. } if message.contains("feature gate") => {
            unreleased(message, span, map, texts)
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
    texts
        .keys()
        .fold(failure, |failure, path| failure.at(Place::path(path)))
        .help("please report it to the library's authors, with the text")
}

/// The error for files of one directory that name several packages, or several versions of one.
fn several_packages(lines: &[PackageLine]) -> Diagnostic {
    let mut names: Vec<&str> = lines.iter().map(|line| line.package.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let shown: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "the files of one package name different packages: {}",
        shown.join(", ")
    );
    let failure = Diagnostic::error(codes::INVALID_WIT, message);
    let is_one_package = lines.iter().all(|line| line.name() == lines[0].name());
    let latest = lines.iter().filter_map(PackageLine::version).max();
    let (Some(latest), true) = (latest, is_one_package) else {
        let places = lines.iter().map(|line| line.position.clone().into());
        return places.fold(failure, Diagnostic::at).help(
            "name the same package in each file, or give each package a directory of its own",
        );
    };
    // The newest version is the intended one: authors raise it file by file.
    let old = lines.iter().filter(|line| line.version().as_ref() != Some(&latest));
    old.fold(failure, |failure, line| {
        failure.at(line.position.clone().into()).help(format!(
            "write `{}` in {}",
            line.with_version(&latest),
            line.place()
        ))
    })
}

/// The error for a gate that names a version which the package doesn't have yet, with the line to change.
fn unreleased(message: &str, span: Span, map: &SourceMap, texts: &Texts) -> Diagnostic {
    let failure = located(
        Diagnostic::error(codes::INVALID_WIT, message),
        span,
        map,
        texts,
    );
    // wit-parser has no values for these: `… package [a:b@1.0.0] …`, `… unreleased version 1.1.0 of …`.
    let package = message.split(['[', ']']).nth(1).unwrap_or_default();
    let (name, current) = package.split_once('@').unwrap_or((package, ""));
    let since = message.split("unreleased version ").nth(1).and_then(|it| it.split(' ').next());
    let since = since.and_then(|version| version.parse::<Version>().ok());
    let line = line_of(texts, name, current);
    let Some(line) = line else { return failure };
    let version = since.clone().or_else(|| latest_gate(line.position.file().text()));
    let version = version.unwrap_or(Version::new(0, 1, 0));
    let write = format!(
        "write `{}` in {}",
        line.with_version(&version),
        line.place()
    );
    let failure = failure.at(line.position.clone().into());
    if since.is_none() {
        return failure.help(write);
    }
    let bump = if line.is_nested || is_dependency(line.position.path()) {
        write
    } else {
        format!("run `witgen bump {version}`, or {write}")
    };
    failure.help(bump).help(format!("or write `@since(version = {current})` here"))
}

/// Whether a file belongs to a package in `deps/`: it is in that folder, or in a folder in it.
fn is_dependency(path: &str) -> bool {
    let folders = Path::new(path).ancestors().skip(1).take(2);
    folders
        .into_iter()
        .any(|folder| folder.file_name().is_some_and(|name| name == "deps"))
}

/// Returns the latest version that a gate of a text names.
fn latest_gate(text: &str) -> Option<Version> {
    let versions = text.split("@since").skip(1).filter_map(|rest| {
        let (_, version) = rest.split_once('=')?;
        version.split(')').next()?.trim().parse().ok()
    });
    versions.max()
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
