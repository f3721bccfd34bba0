//! The example of an item.

use std::iter::repeat_n;

use askama::Template;

use super::Views;
use crate::model::Package;

/// The shortest fence of a block of code (CommonMark, 4.5).
const MIN_FENCE: usize = 3;

/// An example, folded.
#[derive(Template)]
#[template(path = "docs/example.md", escape = "none")]
pub(super) struct ExampleView {
    /// More backticks than the code has in a row.
    fence: String,
    code: String,
}

impl<'a> Views<'_, '_, 'a> {
    /// Returns the example of an item of the package itself, if it has one.
    pub(super) fn example(&self, package: &Package, anchor: &str) -> Option<ExampleView> {
        let is_own = package.id == self.site.model.package().id;
        let code = self.site.options.examples.get(anchor).filter(|_| is_own)?;
        let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        Some(ExampleView {
            fence: repeat_n('`', MIN_FENCE.max(longest + 1)).collect(),
            code: code.to_owned(),
        })
    }
}
