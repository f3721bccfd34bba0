//! An item that is deprecated before there is one.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::Stability;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "deprecated-before-since",
    family: Family::Stability,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/deprecated-before-since.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        if let Stability::Stable {
            since,
            deprecated: Some(deprecated),
        } = entry.stability
            && deprecated < since
        {
            let noun = entry.noun();
            let path = &entry.path;
            let message =
                format!("{noun} `{path}` is deprecated in `{deprecated}`, before its `{since}`");
            let help = "write the first version in which the item is deprecated";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
