//! The statement about a comparison of two packages.

use super::predicate::{Baseline, Compatibility};
use crate::compat::Comparison;

/// States the result of a comparison with a package.
pub(crate) fn compared(package: &str, comparison: &Comparison) -> Baseline {
    let mut baseline = Baseline {
        package: package.to_owned(),
        verdict: match (comparison.is_too_low, comparison.changes.is_empty()) {
            (true, _) => Compatibility::Broken,
            (false, true) => Compatibility::Unchanged,
            (false, false) => Compatibility::Allowed,
        },
        ..Baseline::default()
    };
    let mut count = |whom: &str| *baseline.changes.entry(whom.to_owned()).or_default() += 1;
    for change in &comparison.changes {
        let breaks = change.breaks;
        if !breaks.any() {
            count("none");
        }
        for (whom, is_broken) in [
            ("guest", breaks.guest),
            ("host", breaks.host),
            ("source", breaks.source),
        ] {
            if is_broken {
                count(whom);
            }
        }
    }
    baseline
}
