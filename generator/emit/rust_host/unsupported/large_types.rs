//! Types that are too large for any component: wasmtime compares them part by part, wherever one is used.

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;
use crate::limits::Sizes;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let large = Sizes::of(world.resolve).large_world(world.id);
    let finding = large.map(|large| Finding {
        text: large.text,
        span: large.span,
    });
    finding.into_iter().collect()
}
