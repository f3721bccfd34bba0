//! A deprecation in a version that is not there yet.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::Stability;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "deprecated-later-than-package",
    family: Family::Stability,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/deprecated-later-than-package.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(version) = &subject.package().version else {
        return;
    };
    for entry in &subject.entries {
        let (Stability::Stable { deprecated, .. } | Stability::Unstable { deprecated, .. }) =
            entry.stability
        else {
            continue;
        };
        if let Some(deprecated) = deprecated.as_ref().filter(|it| *it > version) {
            let message = format!(
                "{} `{}` is deprecated in `{deprecated}`, and the package is `{version}`",
                entry.noun(),
                entry.path
            );
            let help = format!(
                "deprecate it in the version in which that happens, or run `witgen bump {deprecated}`"
            );
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
