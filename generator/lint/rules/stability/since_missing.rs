//! An item without a gate among others that have one.

use std::collections::HashSet;

use crate::lint::entry::Entry;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::{Item, Stability, TypeKind, WorldItemKind};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "since-missing",
    family: Family::Stability,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/since-missing.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let is_gated = |entry: &Entry<'_>| matches!(entry.stability, Stability::Stable { .. });
    if subject.package().version.is_none() || !subject.entries.iter().any(is_gated) {
        return;
    }
    // If one item has a gate of its own, its neighbours need one too. Otherwise the version that introduced them can't be
    // distinguished from that of their container.
    let siblings = |entry: &Entry<'_>| Some((entry.within?, kind(entry)));
    let gated: HashSet<_> = subject
        .entries
        .iter()
        .filter(|entry| is_gated(entry))
        .filter_map(siblings)
        .collect();
    for entry in &subject.entries {
        let is_top = entry.interface().is_some() || entry.world().is_some();
        let is_asked = match siblings(entry) {
            Some(siblings) => gated.contains(&siblings),
            None => is_top,
        };
        let is_ungated = entry.stability == &Stability::Unknown;
        let is_unstable = is_import_of_unstable(subject, entry) || is_in_unstable(subject, entry);
        if !is_asked || !is_ungated || is_unstable {
            continue;
        }
        let message = format!("{} `{}` has no gate", entry.noun(), entry.path);
        let finding = Finding::of(entry, message);
        found.push(match entry.within {
            Some(_) => finding
                .help("add `@since` with the version that introduced it, as on its neighbours"),
            None => finding.help("add `@since` with the version that introduced it"),
        });
    }
}

/// Such an import needs another gate, which `gate-on-released-item` reports.
fn is_import_of_unstable(subject: &Subject<'_>, entry: &Entry<'_>) -> bool {
    let Item::WorldItem(item) = entry.item else {
        return false;
    };
    let WorldItemKind::Interface(id) = &item.kind else {
        return false;
    };
    let interface = subject.index.interface(id);
    interface.is_some_and(|it| matches!(it.stability, Stability::Unstable { .. }))
}

/// Whether an item is in a resource behind a gate, which it then needs too.
fn is_in_unstable(subject: &Subject<'_>, entry: &Entry<'_>) -> bool {
    let around = subject.within(entry).filter(|around| around.type_def().is_some());
    around.is_some_and(|around| matches!(around.stability, Stability::Unstable { .. }))
}

/// Returns the kind of an item's neighbours: imported items are gated by other habits than defined ones.
fn kind(entry: &Entry<'_>) -> Kind {
    match entry.item {
        Item::Type(def) if matches!(def.kind, TypeKind::Use(_)) => Kind::Used,
        Item::WorldItem(_) if entry.path.contains(':') => Kind::Foreign,
        _ => Kind::Own,
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Kind {
    Own,
    Used,
    Foreign,
}
