//! An interface that is in no world.

use std::collections::HashSet;

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::WorldItemKind;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "unused-interface",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/unused-interface.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let worlds = &subject.package().worlds;
    if worlds.is_empty() {
        return;
    }
    let items = worlds.iter().flat_map(|world| world.items());
    let reached: HashSet<&str> = items
        .filter_map(|(_, item)| match &item.kind {
            WorldItemKind::Interface(id) => Some(&**id),
            _ => None,
        })
        .collect();
    for entry in subject.entries.iter().filter(|it| it.within.is_none()) {
        let interface = entry.interface();
        if interface.is_some_and(|interface| !reached.contains(&*interface.id)) {
            let message = format!("no world imports or exports interface `{}`", entry.path);
            let help = "import or export it in a world, or remove it";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
