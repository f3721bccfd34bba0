//! Getters and setters: the WIT that wasmtime 48 reads has no `get(…)` and `set(…)` yet.

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    world
        .functions()
        .filter(|(_, function)| function.kind.accessor().is_some())
        .map(|(_, function)| Finding {
            text: format!(
                "`{}` is a getter or a setter, which wasmtime 48 cannot read; a `func` works",
                function.item_name()
            ),
            span: function.span,
        })
        .collect()
}
