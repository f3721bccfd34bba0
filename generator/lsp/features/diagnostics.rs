//! What is wrong with the files of a package.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::diagnostic::{Diagnostic as Finding, Severity, codes};
use crate::lsp::analysis::{problems, problems_of_project};
use crate::lsp::workspace::Workspace;
use crate::source::Source;
use lsp_types::{CodeDescription, Diagnostic, DiagnosticSeverity, NumberOrString};

/// Returns the problems of the package of a document, by the addresses of its files; an own file without problems has an empty
/// list. If the document was saved, the relations and the baseline of the project are checked too.
pub(in crate::lsp) fn of(
    workspace: &mut Workspace,
    uri: &str,
    is_saved: bool,
) -> Vec<(String, Vec<Diagnostic>)> {
    let Some(package) = workspace.package(uri) else {
        return Vec::new();
    };
    let mut files = workspace.files(uri);
    // Other packages of the folder have problems of their own.
    files.retain(|(file, _)| !file.is_own || package.is_dir() || file.path == package);
    let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    let mut has_mistakes = false;
    for (file, _) in files.iter().filter(|(file, _)| file.is_own) {
        let list = found.entry(file.uri.clone()).or_default();
        for error in &file.document.parsed.errors {
            has_mistakes = true;
            list.push(Diagnostic {
                range: file.document.range(&error.range, workspace.encoding),
                severity: Some(DiagnosticSeverity::ERROR),
                code: Some(NumberOrString::String(codes::INVALID_WIT.id().into())),
                source: Some("witgen".into()),
                message: error.message.clone(),
                ..Diagnostic::default()
            });
        }
    }
    if has_mistakes {
        return found.into_iter().collect();
    }
    let source = if package.is_dir() {
        Source::Directory(package)
    } else {
        Source::File(package)
    };
    let mut all = problems(&source, &workspace.overlay());
    if is_saved && all.iter().all(|problem| problem.diagnostic.severity != Severity::Error) {
        all.extend(problems_of_project(&source));
    }
    let mut seen = BTreeSet::new();
    for problem in all {
        let place = problem.place.as_ref().and_then(|position| {
            let path = Path::new(&**position.path());
            let (file, _) = files.iter().find(|(file, _)| same(&file.path, path))?;
            Some((file, position.range()))
        });
        let opened =
            || files.iter().find(|(file, _)| file.uri == uri).map(|(file, _)| (file, 0..0));
        let is_error = problem.diagnostic.severity == Severity::Error;
        // An error without a place in these files keeps everything else from being checked, so it is shown too.
        let Some((file, range)) = place.or_else(|| opened().filter(|_| is_error)) else {
            continue;
        };
        let message = problem.diagnostic.message.clone();
        if seen.insert((file.uri.clone(), range.start, range.end, message)) {
            let range = file.document.range(&range, workspace.encoding);
            let diagnostic = converted(range, &problem.diagnostic);
            found.entry(file.uri.clone()).or_default().push(diagnostic);
        }
    }
    found.into_iter().collect()
}

fn same(one: &Path, other: &Path) -> bool {
    one == other || one.ends_with(other)
}

fn converted(range: lsp_types::Range, diagnostic: &Finding) -> Diagnostic {
    let help: Vec<String> = diagnostic.help.iter().map(|help| format!("help: {help}")).collect();
    let message = [vec![diagnostic.message.clone()], help].concat().join("\n");
    Diagnostic {
        range,
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            _ => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(diagnostic.code.id().into())),
        code_description: None::<CodeDescription>,
        source: Some("witgen".into()),
        message,
        ..Diagnostic::default()
    }
}
