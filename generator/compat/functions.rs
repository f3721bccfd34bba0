//! Functions that both packages have.

use super::change::{Breaks, Change};
use super::compare::{Common, Compare};
use crate::compare::{FunctionDifference, PartChange, changes, params};
use crate::model::{Function, Type};

impl<'a> Compare<'_, 'a> {
    /// Compares a function; `breaks` is what its change breaks, `lost` what its removal breaks.
    pub fn function(
        &mut self,
        item: &str,
        breaks: Breaks,
        lost: Breaks,
        old: &'a Function,
        new: &'a Function,
    ) {
        self.common(item, common(old), common(new), lost);
        for change in self.signature(item, old, new) {
            self.push(
                change.breaks(breaks),
                old.position.as_ref(),
                new.position.as_ref(),
            );
        }
    }

    /// Whether two functions have the same type.
    pub fn same_function(&self, old: &'a Function, new: &'a Function) -> bool {
        self.types.functions(old, new).next().is_none()
    }

    fn signature(&self, item: &str, old: &'a Function, new: &'a Function) -> Vec<Change> {
        use FunctionDifference as Difference;
        let changed = |rule, what: &str| vec![Change::about(rule, item, what)];
        let differences = self.types.functions(old, new);
        let changes = differences.flat_map(|difference| match difference {
            Difference::Async if new.is_async => changed(
                "async-added",
                "now `async`, which changes the function's type",
            ),
            Difference::Async => changed(
                "async-removed",
                "no longer `async`, which changes the function's type",
            ),
            // Functions are paired by a name that contains their resource.
            Difference::Resource => Vec::new(),
            Difference::Parameters => self.parameters(item, old, new),
            Difference::Result => {
                let what =
                    super::compare::changed("result", old.result.as_ref(), new.result.as_ref());
                changed("result-changed", &what)
            }
        });
        changes.collect()
    }

    fn parameters(&self, item: &str, old: &'a Function, new: &'a Function) -> Vec<Change> {
        let same = |a, b| self.types.types(a, b);
        let described = |change: PartChange<'a>| match change {
            PartChange::Added(part) => (
                "parameter-added",
                format!("parameter `{}` was added", part.name),
            ),
            PartChange::Removed(part) => (
                "parameter-removed",
                format!("parameter `{}` was removed", part.name),
            ),
            PartChange::Renamed(old, new) => (
                "parameter-renamed",
                format!(
                    "parameter `{}` was renamed to `{}`; names are part of a function's type",
                    old.name, new.name
                ),
            ),
            PartChange::Retyped(old, new) => {
                let shown = |ty: Option<&Type>| ty.map(ToString::to_string).unwrap_or_default();
                let (before, after) = (shown(old.ty), shown(new.ty));
                (
                    "parameter-type-changed",
                    format!(
                        "parameter `{}` changed from `{before}` to `{after}`",
                        old.name
                    ),
                )
            }
            PartChange::Reordered => (
                "parameters-reordered",
                "parameters were reordered; they are passed by position".to_owned(),
            ),
        };
        changes(&params(old), &params(new), same)
            .into_iter()
            .map(described)
            .map(|(rule, what)| Change::about(rule, item, &what))
            .collect()
    }
}

fn common(function: &Function) -> Common<'_> {
    Common {
        docs: function.docs.as_deref(),
        stability: Some(&function.stability),
        external_id: function.external_id.as_deref(),
        position: function.position.as_ref(),
    }
}
