//! How two functions differ.

use super::parts::{first_mismatch, params};
use super::types::{Correspondence, Types};
use crate::model::{Function, FunctionKind};

/// One way in which two functions differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FunctionDifference {
    /// One is `async`, and the other isn't.
    Async,
    /// They belong to different resources, or in different ways: as a method, say, or as a constructor.
    Resource,
    /// Their parameters differ.
    Parameters,
    /// Their results differ.
    Result,
}

impl<'a, C: Correspondence<'a>> Types<C> {
    /// Lists the ways in which two functions differ, except for their names; none for equal ones.
    pub fn functions(
        &self,
        first: &'a Function,
        second: &'a Function,
    ) -> impl Iterator<Item = FunctionDifference> {
        use FunctionDifference as Difference;
        let all = [
            Difference::Async,
            Difference::Resource,
            Difference::Parameters,
            Difference::Result,
        ];
        all.into_iter().filter(move |difference| match difference {
            Difference::Async => first.is_async != second.is_async,
            Difference::Resource => place_in_resource(first) != place_in_resource(second),
            Difference::Parameters => {
                let same = |a, b| self.types(a, b);
                first_mismatch(&params(first), &params(second), same).is_some()
            }
            Difference::Result => {
                !self.optional_types(first.result.as_ref(), second.result.as_ref())
            }
        })
    }
}

/// Whether a function is a method, a static one or a constructor, and of which resource.
fn place_in_resource(function: &Function) -> (u8, Option<&str>) {
    let kind = match function.kind {
        FunctionKind::Freestanding => 0,
        FunctionKind::Method(_) => 1,
        FunctionKind::Static(_) => 2,
        FunctionKind::Constructor(_) => 3,
    };
    (kind, function.resource().map(|name| name.name.as_str()))
}
