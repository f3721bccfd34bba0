//! Fields, cases and flags without documentation.

use crate::lint::entry::Member;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::{Subject, has_docs};
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "member-docs-missing",
    family: Family::Documentation,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/member-docs-missing.md"),
    check: Check::Package(check),
};

/// So many names are shown; more would not fit on a line.
const MAX_NAMES: usize = 5;

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let members = entry.members();
        let is_bare = |member: &&Member<'_>| !has_docs(member.docs);
        let bare: Vec<_> = members.iter().filter(is_bare).collect();
        let Some(first) = bare.first() else { continue };
        let mut names: Vec<_> =
            bare.iter().take(MAX_NAMES).map(|member| format!("`{}`", member.name)).collect();
        if bare.len() > MAX_NAMES {
            names.push("…".to_owned());
        }
        let message = format!(
            "{} of {} {}s of `{}` have no documentation: {}",
            bare.len(),
            members.len(),
            entry.member_noun(),
            entry.path,
            names.join(", ")
        );
        let position = subject.own(first.position);
        let help = "describe the meaning of each after `///`, above it";
        found.push(Finding::of(entry, message).at(position).help(help));
    }
}
