//! A comment that lets something pass that is no rule.

use crate::lint::allowed::Allowed;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "unknown-rule",
    family: Family::Suppression,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/unknown-rule.md"),
    check: Check::Allowed(check),
};

fn check(allowed: &Allowed<'_, '_>, found: &mut Vec<Finding>) {
    for comment in allowed.comments.iter() {
        let Err(unknown) = &comment.rule else {
            continue;
        };
        let entry = allowed.subject.documented(&comment.position);
        let message = match comment.name.as_str() {
            "" => "`witgen-allow` names no rule".to_owned(),
            _ => unknown.first().message.clone(),
        };
        let finding = Finding::of(entry, message).at(Some(comment.position.clone()));
        found.push(match comment.name.as_str() {
            "" => finding.help("write the rule and why: `// witgen-allow docs-missing: generated`"),
            _ => unknown.first().help.iter().fold(finding, Finding::help),
        });
    }
}
