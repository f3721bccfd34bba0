//! Something is let pass that is not there.

use crate::lint::allowed::Allowed;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "unused-allow",
    family: Family::Suppression,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/unused-allow.md"),
    check: Check::Allowed(check),
};

fn check(allowed: &Allowed<'_, '_>, found: &mut Vec<Finding>) {
    // A rule that is off has no findings, so its comments can't be judged.
    let is_on = |rule: &str| allowed.levels[rule] != Level::Off;
    for comment in allowed.comments.iter().filter(|comment| !comment.is_used) {
        let Some(rule) = comment.rule.as_ref().ok().filter(|rule| is_on(rule)) else {
            continue;
        };
        let entry = allowed.subject.documented(&comment.position);
        let message = format!("the comment allows `{rule}`, but the rule finds nothing here");
        let finding = Finding::of(entry, message).at(Some(comment.position.clone()));
        found.push(match comment.about {
            Some(_) => finding.help("remove it"),
            None => finding.help("move it directly above the item, or to the end of its line"),
        });
    }
    for (allow, _) in allowed.items.iter().filter(|(_, is_used)| !is_used) {
        if is_on(&allow.rule) {
            let message = format!("`{allow}` is allowed, but the rule finds nothing there");
            let mut finding = Finding::of(&allowed.subject.entries[0], message).help("remove it");
            finding.position = None;
            found.push(finding);
        }
    }
}
