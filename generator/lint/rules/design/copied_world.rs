//! A world that repeats what it could include.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::lint::entry::Entry;
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
    // Includes are only known if the package is text of its author. An encoded package has lost them, and a package of a
    // registry is printed again, under its own name.
    if !subject.files.iter().any(|file| file.source.path().ends_with(".wit")) {
        return;
    }
    let worlds = &subject.package().worlds;
    let named: Vec<HashSet<_>> =
        worlds.iter().map(|world| named(subject, world, &mut HashSet::new())).collect();
    let listed: Vec<HashSet<_>> = worlds.iter().map(|world| listed(subject, world)).collect();
    let mut holders: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, items) in listed.iter().enumerate() {
        for item in items {
            holders.entry(item).or_default().push(at);
        }
    }
    // The worlds that list all of another, with the largest of these.
    let mut copies: BTreeMap<usize, usize> = BTreeMap::new();
    for (original, items) in named.iter().enumerate() {
        let rarest = items.iter().map(|item| holders.get(item).map_or(&[][..], Vec::as_slice));
        let Some(candidates) = rarest.min_by_key(|holders| holders.len()) else {
            continue;
        };
        // So many worlds hold only what all worlds of the package hold.
        if candidates.len() > MAX_CANDIDATES {
            continue;
        }
        for &copy in candidates {
            let is_same = named[copy].len() == items.len();
            let is_later = !is_same || copy > original;
            let lists_all = || items.iter().all(|item| listed[copy].contains(item));
            if copy == original || !is_later || items.len() < MIN_ITEMS || !lists_all() {
                continue;
            }
            let largest = copies.entry(copy).or_insert(original);
            if named[*largest].len() < items.len() {
                *largest = original;
            }
        }
    }
    let entries: HashMap<&str, &Entry<'_>> = subject
        .entries
        .iter()
        .filter_map(|entry| Some((&*entry.world()?.id, entry)))
        .collect();
    for (copy, original) in copies {
        let world = &worlds[copy];
        let Some(entry) = entries.get(&*world.id) else {
            continue;
        };
        let (count, original) = (named[original].len(), &worlds[original]);
        let message = format!(
            "world `{}` lists all {count} items of world `{}`",
            world.name, original.name
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

/// The most worlds that a world is compared with.
const MAX_CANDIDATES: usize = 100;

/// An item of a world, by its direction and its name.
type Name<'a> = (Direction, &'a str);

fn names(world: &World) -> impl Iterator<Item = Name<'_>> {
    let items = world.items();
    items.map(|(direction, item)| (direction, item.name.as_str()))
}

/// The items that a world's own text lists.
fn listed<'a>(subject: &Subject<'a>, world: &'a World) -> HashSet<Name<'a>> {
    let position = subject.own(&world.position);
    let written = subject.written(world, position.as_ref()).into_iter();
    written.map(|written| (written.direction, written.item.name.as_str())).collect()
}

/// The items that a world lists or includes, without those that only these need.
fn named<'a>(
    subject: &Subject<'a>,
    world: &'a World,
    seen: &mut HashSet<&'a str>,
) -> HashSet<Name<'a>> {
    let mut items = listed(subject, world);
    for include in &world.includes {
        let Some(included) = subject.index.included(world, include) else {
            continue;
        };
        if !seen.insert(&included.id) {
            continue;
        }
        let is_own = subject.own(&included.position).is_some();
        let inner = if is_own {
            named(subject, included, seen)
        } else {
            names(included).collect()
        };
        items.extend(inner.into_iter().map(|(direction, name)| {
            let renamed = include.renames.iter().find(|rename| rename.from == name);
            (direction, renamed.map_or(name, |rename| rename.to.as_str()))
        }));
    }
    items
}
