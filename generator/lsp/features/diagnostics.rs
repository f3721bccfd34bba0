//! The problems of a package's files and of its `witgen.toml`.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use lsp_types::{CodeDescription, Diagnostic, DiagnosticSeverity, NumberOrString, Range};
use url::Url;

use crate::diagnostic::{Code, Diagnostic as Finding, Place, Position, Severity, codes};
use crate::lsp::analysis::{problems, problems_of_settings};
use crate::lsp::document::range_in;
use crate::lsp::file::File;
use crate::lsp::published::Found;
use crate::lsp::read_only::page_of;
use crate::lsp::workspace::Workspace;

/// Returns the problems of the texts of a package, of which a document is open.
pub(in crate::lsp) fn of_package(
    workspace: &mut Workspace,
    package: &Path,
    document: &Path,
) -> Found {
    let is_own = |path: &Path| path == package || path.parent() == Some(package);
    let files: Vec<Rc<File>> =
        workspace.files(document).into_iter().map(|(file, _)| file).collect();
    let own = files.iter().filter(|file| is_own(&file.path));
    let mut found = Found::new();
    for file in own.clone() {
        let mistakes = file.document.parsed.errors.iter().map(|error| {
            let range = file.document.range(&error.range, workspace.encoding);
            let code = codes::INVALID_WIT.id();
            diagnostic(
                range,
                DiagnosticSeverity::ERROR,
                code,
                error.message.clone(),
            )
        });
        found.insert(file.uri.clone(), mistakes.collect());
    }
    if found.values().any(|mistakes| !mistakes.is_empty()) {
        return found;
    }
    let anchor = own.clone().next().map(|file| file.uri.clone());
    let problems = problems(workspace, package);
    converted(workspace, &files, anchor.as_deref(), problems)
}

/// Returns the problems of a `witgen.toml` itself.
pub(in crate::lsp) fn of_settings(workspace: &mut Workspace, manifest: &Path) -> Found {
    let problems = problems_of_settings(workspace, manifest);
    converted(
        workspace,
        &[],
        workspace.address(manifest).as_deref(),
        problems,
    )
}

/// Returns what relations and the baseline of a `witgen.toml` have found, by the addresses of files.
pub(in crate::lsp) fn of_project(
    workspace: &Workspace,
    manifest: &Path,
    findings: Vec<Finding>,
) -> Found {
    converted(
        workspace,
        &[],
        workspace.address(manifest).as_deref(),
        findings,
    )
}

/// Returns findings by the addresses of the files that they are about. An error that isn't about a file keeps everything else
/// from being checked, so it is at the top of the file `anchor`.
fn converted(
    workspace: &Workspace,
    files: &[Rc<File>],
    anchor: Option<&str>,
    findings: Vec<Finding>,
) -> Found {
    let mut found = Found::new();
    let mut pages: HashMap<&str, Option<CodeDescription>> = HashMap::new();
    for finding in findings {
        let mut message = finding.message.clone();
        let place = finding.places.iter().find_map(|place| placed(workspace, files, place));
        let is_error = finding.severity == Severity::Error;
        let (uri, range) = match (place, anchor) {
            (Some(place), _) => place,
            (None, Some(anchor)) if is_error => {
                for place in &finding.places {
                    name_place(&mut message, place);
                }
                (anchor.to_owned(), Range::default())
            }
            _ => continue,
        };
        for help in &finding.help {
            message.push_str(&format!("\nhelp: {help}"));
        }
        let severity = match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            _ => DiagnosticSeverity::INFORMATION,
        };
        let mut diagnostic = diagnostic(range, severity, finding.code.id(), message);
        let page = pages.entry(finding.code.id()).or_insert_with(|| description(finding.code));
        diagnostic.code_description = page.clone();
        let of_file: &mut Vec<Diagnostic> = found.entry(uri).or_default();
        if !of_file.contains(&diagnostic) {
            of_file.push(diagnostic);
        }
    }
    found
}

/// Returns the address of the page about a code.
fn description(code: Code) -> Option<CodeDescription> {
    let page = Url::from_file_path(page_of(code)?).ok()?;
    let href = page.as_str().parse().ok()?;
    Some(CodeDescription { href })
}

/// Returns the address of a place's file, and the range in it.
fn placed(workspace: &Workspace, files: &[Rc<File>], place: &Place) -> Option<(String, Range)> {
    let Place::Source(position) = place else {
        return None;
    };
    let path = Path::new(&**position.path());
    if let Some(file) = files.iter().find(|file| file.path == path) {
        let range = file.document.range(&position.range(), workspace.encoding);
        return Some((file.uri.clone(), range));
    }
    // Parts of a package that witgen contains have no file.
    let is_file = path.is_absolute() && path.is_file();
    let uri = is_file.then(|| workspace.address(path))??;
    let range = range_in(
        position.file().text(),
        &position.range(),
        workspace.encoding,
    );
    Some((uri, range))
}

/// Adds the place of a finding to its message, unless that names it.
fn name_place(message: &mut String, place: &Place) {
    let place = match place {
        Place::Source(position) => line_of(position),
        Place::Path(path) => path.clone(),
        Place::Argument(argument) => argument.clone(),
    };
    if !message.contains(&place) {
        message.push_str(&format!("\n--> {place}"));
    }
}

fn line_of(position: &Position) -> String {
    format!("{}:{}", position.path(), position.line())
}

fn diagnostic(
    range: Range,
    severity: DiagnosticSeverity,
    code: &str,
    message: String,
) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(severity),
        code: Some(NumberOrString::String(code.to_owned())),
        source: Some("witgen".into()),
        message,
        ..Diagnostic::default()
    }
}
