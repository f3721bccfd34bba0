//! An item that is older than its container.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::Stability;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "since-older-than-container",
    family: Family::Stability,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/since-older-than-container.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        // A world's items may be older than the world: it is included by older ones.
        let around = subject.within(entry).filter(|it| it.world().is_none());
        let Some(around) = around else { continue };
        if let Stability::Stable { since, .. } = entry.stability
            && let Stability::Stable { since: outer, .. } = subject.gate(around)
            && since < outer
        {
            let message = format!(
                "{} `{}` has `@since` {since}, but its {} has {outer}",
                entry.noun(),
                entry.path,
                around.noun()
            );
            let help = format!("an item can't be older than its container: write {outer}");
            let finding = Finding::of(entry, message).and_at(around.position.clone());
            found.push(finding.help(help));
        }
    }
}
