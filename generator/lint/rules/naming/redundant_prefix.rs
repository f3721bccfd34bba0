//! A name that begins with the name of its container.

use crate::lint::entry::Entry;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::Item;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "redundant-prefix",
    family: Family::Naming,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/redundant-prefix.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let rest = |name: &str, prefix: &str| -> Option<String> {
        let rest = name.strip_prefix(prefix)?.strip_prefix('-')?;
        // The rest must be a valid name.
        let is_name = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        is_name.then(|| rest.to_owned())
    };
    for entry in &subject.entries {
        for member in entry.members() {
            if let Some(rest) = rest(member.name, entry.name()) {
                let noun = entry.member_noun();
                let message = message(noun, member.name, entry);
                let position = subject.own(member.position);
                found.push(Finding::of(entry, message).at(position).help(help(&rest)));
            }
        }
        let Some(around) = subject.within(entry) else {
            continue;
        };
        // A function of an interface may well begin with the verb that the interface is called after.
        let is_asked = match (entry.item, around.item) {
            (Item::Type(_), Item::Interface(_)) => entry.definition().is_some(),
            (Item::Function(_), Item::Type(_)) => true,
            _ => false,
        };
        if let Some(rest) = rest(entry.name(), around.name()).filter(|_| is_asked) {
            let message = message(entry.noun(), entry.name(), around);
            found.push(Finding::of(entry, message).help(help(&rest)));
        }
    }
}

fn message(noun: &str, name: &str, around: &Entry<'_>) -> String {
    let (outer, path) = (around.noun(), &around.path);
    format!("{noun} `{name}` repeats the name of its {outer} `{path}`")
}

fn help(rest: &str) -> String {
    format!("bindings show both names together: `{rest}` is enough")
}
