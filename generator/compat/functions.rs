//! Functions that both packages have.

use super::change::{Breaks, Change};
use super::compare::{Common, Compare};
use super::parts::{Part, PartChange, compare};
use crate::model::Function;

impl<'a> Compare<'_, 'a> {
    /// Compares a function; `breaks` is whom its change breaks, `lost` whom its absence does.
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
        self.signature("", old, new).is_empty()
    }

    fn signature(&self, item: &str, old: &'a Function, new: &'a Function) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut add = |rule, message: String| changes.push(Change::new(rule, item, message));
        match (old.is_async, new.is_async) {
            (false, true) => add(
                "async-added",
                "it is async now, which is part of a function's type".to_owned(),
            ),
            (true, false) => add(
                "async-removed",
                "it is async no more, which is part of a function's type".to_owned(),
            ),
            _ => {}
        }
        let params = |function: &'a Function| -> Vec<Part<'a>> {
            let params = function.params.iter().map(|param| Part {
                name: &param.name,
                ty: Some(&param.ty),
                docs: None,
                position: None,
            });
            params.collect()
        };
        for change in compare(&params(old), &params(new), |a, b| self.types.same(a, b)) {
            match change {
                PartChange::Added(part) => {
                    add("parameter-added", format!("it takes `{}` too", part.name));
                }
                PartChange::Removed(part) => {
                    add(
                        "parameter-removed",
                        format!("it takes `{}` no more", part.name),
                    );
                }
                PartChange::Renamed(old, new) => add(
                    "parameter-renamed",
                    format!(
                        "its parameter `{}` is called `{}` now; names are part of a function's type",
                        old.name, new.name
                    ),
                ),
                PartChange::TypeChanged(old, new) => {
                    if let (Some(before), Some(after)) = (old.ty, new.ty) {
                        add(
                            "parameter-type-changed",
                            format!(
                                "its parameter `{}` is `{after}`, and was `{before}`",
                                old.name
                            ),
                        );
                    }
                }
                PartChange::Reordered => add(
                    "parameters-reordered",
                    "it takes its parameters in another order: they are passed by position"
                        .to_owned(),
                ),
            }
        }
        match (&old.result, &new.result) {
            (None, None) => {}
            (Some(a), Some(b)) if self.types.same(a, b) => {}
            (Some(a), Some(b)) => {
                add(
                    "result-changed",
                    format!("it returns `{b}`, and returned `{a}`"),
                );
            }
            (None, Some(b)) => {
                add(
                    "result-changed",
                    format!("it returns `{b}`, and returned nothing"),
                );
            }
            (Some(a), None) => {
                add(
                    "result-changed",
                    format!("it returns nothing, and returned `{a}`"),
                );
            }
        }
        changes
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
