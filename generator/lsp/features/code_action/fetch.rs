//! Fetches a package that is missing.

use lsp_types::Command;

use super::problem::{Fix, Problem};
use crate::diagnostic::codes;
use crate::lsp::commands::FETCH;

pub(super) fn dependency(problem: &Problem<'_>) -> Option<Fix> {
    if problem.code() != Some(codes::MISSING_PACKAGE.id()) {
        return None;
    }
    let package = problem.diagnostic.message.split('`').nth(1)?;
    let title = format!("Fetch `{package}` into deps/");
    let arguments = vec![problem.uri.as_str().into()];
    Some(Fix {
        edits: Vec::new(),
        command: Some(Command::new(
            title.clone(),
            FETCH.to_owned(),
            Some(arguments),
        )),
        title,
    })
}
