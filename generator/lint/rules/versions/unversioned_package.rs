//! A package without a version.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "unversioned-package",
    family: Family::Versions,
    level: Level::Off,
    page: include_str!("../../../../docs/lint/unversioned-package.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let package = subject.package();
    if package.version.is_none() {
        let message = format!("package `{}` has no version", package.id);
        let help = format!(
            "write `package {}@0.1.0;`: a registry needs one, and so do gates",
            package.id
        );
        found.push(Finding::of(&subject.entries[0], message).help(help));
    }
}
