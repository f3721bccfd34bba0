//! Two interfaces or worlds whose names are one to the Component Model.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use crate::lint::entry::Entry;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "name-differs-in-case-only",
    family: Family::Naming,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/name-differs-in-case-only.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut names: HashMap<String, &Entry<'_>> = HashMap::new();
    for entry in subject.entries.iter().filter(|it| it.within.is_none()) {
        match names.entry(entry.name().to_lowercase()) {
            Slot::Vacant(slot) => _ = slot.insert(entry),
            Slot::Occupied(first) => {
                let (name, first) = (entry.name(), first.get());
                let message = format!("`{name}` and `{}` differ only in case", first.name());
                let help = "rename one of them: the Component Model ignores case";
                let finding = Finding::of(entry, message).and_at(first.position.clone());
                found.push(finding.help(help));
            }
        }
    }
}
