//! A world that repeats what it could include.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::{Direction, World};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "copied-world",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/copied-world.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    // What worlds include is known where there is somebody's text only: an encoded package has lost it,
    // and one of a registry is printed anew, under its own name.
    if !subject.files.iter().any(|file| file.source.path().ends_with(".wit")) {
        return;
    }
    let worlds = &subject.package().worlds;
    let items: Vec<HashSet<_>> = worlds.iter().map(|world| names(world).collect()).collect();
    let mut holders: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, world) in worlds.iter().enumerate() {
        for name in names(world) {
            holders.entry(name).or_default().push(at);
        }
    }
    // The worlds that hold all of another, with the largest of these.
    let mut copies: BTreeMap<usize, usize> = BTreeMap::new();
    for (original, world) in worlds.iter().enumerate() {
        let rarest = names(world).map(|name| &holders[&name]);
        let Some(candidates) = rarest.min_by_key(|holders| holders.len()) else {
            continue;
        };
        for &copy in candidates {
            let is_same = items[copy].len() == items[original].len();
            let is_later = !is_same || copy > original;
            let holds_all = || items[original].iter().all(|name| items[copy].contains(name));
            if copy == original || !is_later || items[original].len() < MIN_ITEMS || !holds_all() {
                continue;
            }
            let largest = copies.entry(copy).or_insert(original);
            if items[*largest].len() < items[original].len() {
                *largest = original;
            }
        }
    }
    for entry in &subject.entries {
        let Some(world) = entry.world() else { continue };
        let at = worlds.iter().position(|it| std::ptr::eq(it, world));
        let Some(original) = at.and_then(|at| copies.get(&at)) else {
            continue;
        };
        let original = &worlds[*original];
        if includes(subject, world, original, &mut HashSet::new()) {
            continue;
        }
        let message = format!(
            "world `{}` lists all {} items of world `{}`",
            world.name,
            names(original).count(),
            original.name
        );
        let help = format!(
            "write `include {};` instead, so that what is added there is added here",
            original.name
        );
        found.push(Finding::of(entry, message).help(help));
    }
}

/// Fewer may be the same by chance.
const MIN_ITEMS: usize = 2;

fn names(world: &World) -> impl Iterator<Item = (Direction, &str)> {
    let items = world.items();
    items.map(|(direction, item)| (direction, item.name.as_str()))
}

/// Whether a world includes another, itself or through what it includes.
fn includes<'a>(
    subject: &Subject<'a>,
    world: &'a World,
    original: &World,
    seen: &mut HashSet<&'a str>,
) -> bool {
    let included = |include| subject.index.included(world, include);
    world.includes.iter().filter_map(included).any(|it| {
        it.id == original.id || (seen.insert(&it.id) && includes(subject, it, original, seen))
    })
}
