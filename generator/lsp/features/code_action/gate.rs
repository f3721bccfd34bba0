//! Inserts and corrects gates.

use lsp_types::TextEdit;

use super::problem::{Fix, Problem};
use crate::lsp::document::bytes;
use crate::lsp::nodes::{compact, first_token, gate_version, item_at};

/// Inserts `@since` with the package's version before an item that has no gate.
pub(super) fn missing(problem: &Problem<'_>) -> Option<Fix> {
    if problem.code() != Some("since-missing") {
        return None;
    }
    let (index, file) = problem.index.as_ref()?;
    let item = item_at(&problem.document.tree(), problem.bytes().0)?;
    let package = index.package(*file, &item);
    let (_, version) = package.split_once('@')?;
    let at = bytes(first_token(&item)?.text_range()).start;
    let gate = format!("@since(version = {version})");
    let text = format!("{gate}{}{}", problem.newline(), problem.indent(at));
    Some(Fix::edit(
        format!("Insert `{gate}`"),
        problem.insertion(at, text),
    ))
}

/// Raises the version of a gate that is older than that of what the item is in.
pub(super) fn older(problem: &Problem<'_>) -> Option<Fix> {
    if problem.code() != Some("since-older-than-container") {
        return None;
    }
    let item = item_at(&problem.document.tree(), problem.bytes().0)?;
    let around = item.ancestors().skip(1).find_map(|around| gate_version(&around, "since"))?;
    let (version, old) = (compact(&around), gate_version(&item, "since")?);
    let bytes = bytes(first_token(&old)?.text_range()).start..bytes(old.text_range()).end;
    let range = problem.document.range(&bytes, problem.encoding);
    let title = format!("Write `@since(version = {version})`");
    Some(Fix::edit(title, TextEdit::new(range, version)))
}
