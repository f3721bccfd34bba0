//! The required next version.

use semver::Version;

use super::change::{Change, Weight};

/// How far a version must move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Nothing has changed.
    Stay,
    /// The documentation has changed.
    Patch,
    /// Something was added.
    Addition,
    /// Something stops working.
    Incompatible,
}

/// The least version that a package may have which has changed so. WASI's practice: on a 0.x line
/// additions come with the next patch, and what breaks starts the next line, 0.(x+1).
///
/// A new import is an addition, though a host that is older can't run what uses it.
pub(super) fn least(old: &Version, changes: &[Change]) -> Version {
    let step = changes.iter().map(step).max().unwrap_or(Step::Stay);
    let next = |major, minor, patch| Version::new(major, minor, patch);
    let (major, minor, patch) = (old.major, old.minor, old.patch);
    // A pre-release promises nothing: what comes after it may be its release.
    if !old.pre.is_empty() && step != Step::Stay {
        return next(major, minor, patch);
    }
    // After the largest number, the one before it is raised.
    let next_major = || next(major.saturating_add(1), 0, 0);
    let next_minor = || minor.checked_add(1).map_or_else(next_major, |it| next(major, it, 0));
    let next_patch = || patch.checked_add(1).map_or_else(next_minor, |it| next(major, minor, it));
    match (step, major, minor) {
        (Step::Stay, ..) => old.clone(),
        (Step::Incompatible, 0, 0) => next_patch(),
        (Step::Incompatible, 0, _) => next_minor(),
        (Step::Incompatible, ..) => next_major(),
        (Step::Addition, 0, _) | (Step::Patch, ..) => next_patch(),
        (Step::Addition, ..) => next_minor(),
    }
}

/// Whether a version is at least the required one. A pre-release of it is enough, and so is another pre-release after a
/// pre-release.
pub(super) fn is_enough(old: &Version, new: &Version, least: &Version) -> bool {
    if !old.pre.is_empty() {
        return new > old || (new == old && least == old);
    }
    let numbers = |version: &Version| (version.major, version.minor, version.patch);
    numbers(new) >= numbers(least)
}

fn step(change: &Change) -> Step {
    // The version moves already.
    if change.rule.id == "version-incompatible" {
        return Step::Stay;
    }
    match change.weight() {
        Weight::Host if change.rule.is_addition => Step::Addition,
        Weight::Both | Weight::Guest | Weight::Host => Step::Incompatible,
        Weight::Source => Step::Addition,
        Weight::Compatible if change.rule.is_addition => Step::Addition,
        Weight::Compatible | Weight::Documentation => Step::Patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::change::Breaks;

    fn change(rule: &'static str, guest: bool, host: bool) -> Change {
        let breaks = Breaks {
            guest,
            host,
            source: false,
        };
        Change::new(rule, "item", String::new()).breaks(breaks)
    }

    #[test]
    fn a_breaking_change_needs_an_incompatible_version_and_an_addition_does_not() {
        let breaking = change("case-added", true, true);
        let addition = change("import-added", false, true);
        let export = change("export-added", true, false);
        let docs = change("docs-changed", false, false);
        let version = change("version-incompatible", true, true);
        for (old, changes, expected) in [
            ("0.3.2", vec![&docs, &breaking], "0.4.0"),
            ("0.3.2", vec![&docs, &addition], "0.3.3"),
            ("0.3.2", vec![&export], "0.4.0"),
            ("0.3.2", vec![&docs], "0.3.3"),
            ("0.3.2", vec![], "0.3.2"),
            ("0.3.2", vec![&version], "0.3.2"),
            ("0.3.2", vec![&version, &addition], "0.3.3"),
            ("0.0.3", vec![&breaking], "0.0.4"),
            ("1.2.3", vec![&breaking], "2.0.0"),
            ("1.2.3", vec![&addition], "1.3.0"),
            ("1.2.3", vec![&docs], "1.2.4"),
            ("0.4.0-draft", vec![&breaking], "0.4.0"),
        ] {
            let changes: Vec<Change> = changes.into_iter().cloned().collect();
            let old: Version = old.parse().unwrap();
            assert_eq!(least(&old, &changes).to_string(), expected, "{old}");
        }
    }

    #[test]
    fn a_pre_release_of_the_required_version_is_enough() {
        let is_enough = |old: &str, new: &str, least: &str| {
            is_enough(
                &old.parse().unwrap(),
                &new.parse().unwrap(),
                &least.parse().unwrap(),
            )
        };
        assert!(is_enough("0.3.2", "0.4.0", "0.4.0"));
        assert!(is_enough("0.3.2", "0.4.0-draft", "0.4.0"));
        assert!(is_enough("0.4.0-a", "0.4.0-b", "0.4.0"));
        assert!(!is_enough("0.4.0-b", "0.4.0-b", "0.4.0"));
        assert!(!is_enough("0.3.2", "0.3.9", "0.4.0"));
    }
}
