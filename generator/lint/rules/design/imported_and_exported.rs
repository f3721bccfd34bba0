//! A world in which one interface goes both ways.

use std::collections::{HashMap, HashSet};

use crate::lint::entry::Entry;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::{Item, WorldItemKind};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "imported-and-exported",
    family: Family::Design,
    level: Level::Off,
    page: include_str!("../../../../docs/lint/imported-and-exported.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut written: HashMap<(usize, &str), Vec<&Entry<'_>>> = HashMap::new();
    for entry in &subject.entries {
        if let (Item::WorldItem(item), Some(world)) = (entry.item, entry.within) {
            let same = written.entry((world, item.name.as_str())).or_default();
            same.push(entry);
        }
    }
    for (at, entry) in subject.entries.iter().enumerate() {
        let Some(world) = entry.world() else { continue };
        let exports: HashSet<_> = world.exports.iter().map(|item| &item.name).collect();
        for item in world.imports.iter().filter(|it| exports.contains(&it.name)) {
            let WorldItemKind::Interface(id) = &item.kind else {
                continue;
            };
            // Included items are reported at their own world.
            let Some(places) = written.get(&(at, item.name.as_str())) else {
                continue;
            };
            let interface = subject.index.interface(id);
            if interface.is_none_or(|interface| interface.functions.is_empty()) {
                continue;
            }
            let name = subject.plain_name(item);
            let message = format!("world `{}` imports and exports `{name}`", entry.path);
            let finding = Finding::of(entry, message).at(places[0].position.clone());
            let finding = places[1..].iter().fold(finding, |finding, other| {
                finding.and_at(other.position.clone())
            });
            found.push(finding.help(
                "give one direction its own interface, with a name that shows the direction",
            ));
        }
    }
}
