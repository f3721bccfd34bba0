//! Which packages of both sides belong together, and what they are called on both.
//!
//! Versions of a package that are compatible with each other are a *line*: components link to the latest of them. The package's
//! own line is paired with its new line, even if names and versions differ. Other lines form a pair if they have one name, or
//! if they are the only unpaired lines. Within lines, equal versions form pairs first, and then the rest, the latest first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use crate::model::{Model, Package};
use crate::names::compatibility_track;

/// The versions of a package that are compatible with each other, the latest first.
type Line<'a> = Vec<&'a Package>;

/// The common name of a version of a package on both sides; the package itself has no name.
#[derive(Clone, Debug)]
pub(super) struct SharedName {
    /// The name that no other version has.
    pub version: String,
    /// The name of all versions that are compatible with it.
    pub line: String,
}

/// The common names of the packages of one side, by their full names.
pub(super) type SharedNames = HashMap<String, SharedName>;

/// Two lines that belong together.
pub(super) struct LinePair<'a> {
    /// The name on both sides.
    pub name: String,
    /// Their versions that belong together. For the package itself, the first pair is that package.
    pub versions: Vec<(&'a Package, &'a Package)>,
}

/// All packages of both sides.
pub(super) struct Pairing<'a> {
    pub lines: Vec<LinePair<'a>>,
    pub old_names: SharedNames,
    pub new_names: SharedNames,
}

impl LinePair<'_> {
    /// Whether this is the line of the package itself.
    pub fn is_own(&self) -> bool {
        self.name.is_empty()
    }

    /// Whether components of one side link to the other.
    pub fn is_linked(&self) -> bool {
        self.versions.iter().all(|(old, new)| are_linked(old, new))
    }
}

/// Whether components link items of one package to those of the other.
pub(super) fn are_linked(old: &Package, new: &Package) -> bool {
    link_name(old) == link_name(new)
}

impl<'a> Pairing<'a> {
    pub fn of(old: &'a Model, new: &'a Model) -> Self {
        let (mut before, mut after) = (lines(old), lines(new));
        let mut pairing = Pairing {
            lines: Vec::new(),
            old_names: SharedNames::new(),
            new_names: SharedNames::new(),
        };
        let own = |lines: &mut BTreeMap<String, Line<'a>>, model: &'a Model| {
            let mut line = lines.remove(&link_name(model.package())).unwrap_or_default();
            line.retain(|package| !std::ptr::eq(*package, model.package()));
            line.insert(0, model.package());
            line
        };
        let (own_old, own_new) = (own(&mut before, old), own(&mut after, new));
        pairing.add(String::new(), own_old, own_new);
        for (name, line) in &before {
            if let Some(other) = after.remove(name) {
                pairing.add(name.clone(), line.clone(), other);
            }
        }
        before.retain(|_, line| !pairing.old_names.contains_key(&line[0].id));
        let (replaced, replacing) = (only_lines(&before), only_lines(&after));
        for (name, line) in replaced {
            if let Some(other) = replacing.get(&name) {
                // A line without a version has this name already.
                let is_taken = pairing.lines.iter().any(|lines| lines.name == name);
                let name = if is_taken { link_name(line[0]) } else { name };
                pairing.add(name, line.clone(), (*other).clone());
            }
        }
        for (name, line) in before {
            pairing.add(name, line, Vec::new());
        }
        for (name, line) in after {
            pairing.add(name, Vec::new(), line);
        }
        pairing
    }

    /// Pairs the versions of two lines, one of which may be empty, and names them unless they have names.
    fn add(&mut self, name: String, mut old: Line<'a>, mut new: Line<'a>) {
        let has_name = |names: &SharedNames, line: &Line<'a>| {
            line.first().is_some_and(|package| names.contains_key(&package.id))
        };
        if has_name(&self.old_names, &old) || has_name(&self.new_names, &new) {
            return;
        }
        let is_alone = old.len() < 2 && new.len() < 2;
        let mut names = |package: &Package, is_old: bool, version: &str| {
            let names = if is_old {
                &mut self.old_names
            } else {
                &mut self.new_names
            };
            let version = if is_alone { name.as_str() } else { version }.to_owned();
            let line = name.clone();
            names.insert(package.id.clone(), SharedName { version, line });
        };
        let mut versions = Vec::new();
        if name.is_empty() {
            versions.push((old.remove(0), new.remove(0)));
        }
        old.retain(|package| {
            let equal = new.iter().position(|other| other.version == package.version);
            versions.extend(equal.map(|at| (*package, new.remove(at))));
            equal.is_none()
        });
        let count = old.len().min(new.len());
        versions.extend(old.drain(..count).zip(new.drain(..count)));
        for (at, (a, b)) in versions.iter().enumerate() {
            let version = if name.is_empty() && at == 0 {
                ""
            } else {
                a.id.as_str()
            };
            names(a, true, version);
            names(b, false, version);
        }
        for package in old {
            names(package, true, &package.id);
        }
        for package in new {
            names(package, false, &package.id);
        }
        if !versions.is_empty() {
            self.lines.push(LinePair { name, versions });
        }
    }
}

/// The lines of a model by what components call them.
fn lines(model: &Model) -> BTreeMap<String, Line<'_>> {
    let mut lines: BTreeMap<String, Line<'_>> = BTreeMap::new();
    for package in &model.packages {
        lines.entry(link_name(package)).or_default().push(package);
    }
    for line in lines.values_mut() {
        line.sort_by_key(|package| Reverse(&package.version));
    }
    lines
}

/// The lines of packages that have no other, by the packages' names.
fn only_lines<'l, 'a>(lines: &'l BTreeMap<String, Line<'a>>) -> BTreeMap<String, &'l Line<'a>> {
    let mut by_package: BTreeMap<String, Vec<&Line<'a>>> = BTreeMap::new();
    for line in lines.values() {
        let name = format!("{}:{}", line[0].namespace, line[0].name);
        by_package.entry(name).or_default().push(line);
    }
    let only = by_package.into_iter().filter(|(_, lines)| lines.len() == 1);
    only.map(|(name, lines)| (name, lines[0])).collect()
}

/// Returns the name by which components refer to a package: its name, and the versions that its own is compatible with.
fn link_name(package: &Package) -> String {
    let name = format!("{}:{}", package.namespace, package.name);
    match &package.version {
        Some(version) => format!("{name}@{}", compatibility_track(version)),
        None => name,
    }
}
