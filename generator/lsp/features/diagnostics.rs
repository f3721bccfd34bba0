//! What is wrong with the files of a package.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use crate::diagnostic::{Severity, codes};
use crate::lsp::analysis::{Problem, problems, problems_of_project};
use crate::lsp::document::Document;
use crate::lsp::file::{File, path_of};
use crate::lsp::workspace::{Workspace, package_name, package_root};
use crate::source::Source;
use lsp_types::{CodeDescription, Diagnostic, DiagnosticSeverity, NumberOrString};

/// Returns the problems of the package of a document, by the addresses of its files; an own file without problems has an empty
/// list. If the document was saved, the relations and the baseline of the project are checked too.
pub(in crate::lsp) fn of(
    workspace: &mut Workspace,
    uri: &str,
    is_saved: bool,
) -> Vec<(String, Vec<Diagnostic>)> {
    let files = workspace.files(uri);
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
    let Some(source) = source_of(&files, uri) else {
        return found.into_iter().collect();
    };
    let mut all = problems(&source, &workspace.overlay());
    if is_saved && all.iter().all(|problem| problem.diagnostic.severity != Severity::Error) {
        all.extend(problems_of_project(&source));
    }
    let mut seen = BTreeSet::new();
    for problem in all {
        let known = files.iter().find(|(file, _)| same(&file.path, &problem.path));
        let Some((file, _)) = known else {
            continue;
        };
        let range = problem.position.range();
        let is_new = seen.insert((
            file.uri.clone(),
            range.start,
            range.end,
            problem.diagnostic.message.clone(),
        ));
        if is_new {
            let diagnostic = converted(workspace, &file.document, &problem);
            found.entry(file.uri.clone()).or_default().push(diagnostic);
        }
    }
    found.into_iter().collect()
}

fn same(one: &Path, other: &Path) -> bool {
    one == other || one.ends_with(other)
}

/// Returns the package of a document: the folder, unless the files in it are packages of their own.
fn source_of(files: &[(Rc<File>, String)], uri: &str) -> Option<Source> {
    let path = path_of(uri)?;
    let root = package_root(&path);
    let in_root = files.iter().filter(|(file, _)| file.path.parent() == Some(&*root));
    let names: BTreeSet<String> =
        in_root.filter_map(|(file, _)| package_name(&file.document.tree())).collect();
    let is_alone = path.parent() == Some(&*root) && names.len() > 1;
    Some(if is_alone || !root.is_dir() {
        Source::File(path)
    } else {
        Source::Directory(root)
    })
}

fn converted(workspace: &Workspace, document: &Document, problem: &Problem) -> Diagnostic {
    let position = &problem.position;
    let diagnostic = &problem.diagnostic;
    let help: Vec<String> = diagnostic.help.iter().map(|help| format!("help: {help}")).collect();
    let message = [vec![diagnostic.message.clone()], help].concat().join("\n");
    Diagnostic {
        range: document.range(&position.range(), workspace.encoding),
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
