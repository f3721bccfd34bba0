//! Corrects names.

use lsp_types::{Range, TextEdit};

use super::problem::{Fix, Problem};
use crate::lsp::document::bytes;
use crate::lsp::nodes::{name_at, token_range};
use crate::model::keyword::escaped as escape;
use crate::names::nearest;

/// Puts the name there that the help suggests, or else the nearest one that is defined where the written one should be.
pub(super) fn name(problem: &Problem<'_>) -> Option<Fix> {
    suggested(problem).or_else(|| misspelled(problem))
}

fn suggested(problem: &Problem<'_>) -> Option<Fix> {
    let (_, rest) = problem.diagnostic.message.split_once("did you mean `")?;
    let (name, _) = rest.split_once('`')?;
    let edit = TextEdit::new(problem.diagnostic.range, name.to_owned());
    Some(Fix::edit(format!("Replace by `{name}`"), edit))
}

fn misspelled(problem: &Problem<'_>) -> Option<Fix> {
    let (index, file) = problem.index.as_ref()?;
    let document = index.document(*file);
    let start = document.offset(problem.diagnostic.range.start, problem.encoding);
    let name = name_at(&document.tree(), start)?;
    let key = index.resolve(*file, &name)?;
    if index.definition(&key).is_some() {
        return None;
    }
    let (owner, written) = key.rsplit_once(['.', '/'])?;
    let candidates = index.definitions().filter_map(|definition| {
        let (other, name) = definition.key.rsplit_once(['.', '/'])?;
        (other == owner).then_some(name)
    });
    let nearest = nearest(written, candidates)?;
    let range = document.range(&bytes(token_range(&name)), problem.encoding);
    let edit = TextEdit::new(range, escape(nearest).into_owned());
    Some(Fix::edit(format!("Replace by `{nearest}`"), edit))
}

/// Puts a `%` before a keyword where a name is expected.
pub(super) fn keyword(problem: &Problem<'_>) -> Option<Fix> {
    let message = &problem.diagnostic.message;
    let (start, end) = problem.bytes();
    let text = &problem.document.text;
    let is_label = text[end..].trim_start().starts_with(':');
    let is_name = message.starts_with("expected an identifier") || is_label;
    let is_keyword = is_name && message.contains("found keyword") && start <= end;
    let word = is_keyword.then(|| &text[start..end])?;
    let start = problem.diagnostic.range.start;
    let edit = TextEdit::new(Range::new(start, start), "%".to_owned());
    Some(Fix::edit(format!("Write it as a name: `%{word}`"), edit))
}
