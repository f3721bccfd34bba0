//! The changes between two packages, and what they break.
//!
//! ```
//! use witgen::compat::{Release, compare};
//! use witgen::source::{Features, Source, load};
//!
//! let text = "package a:b@0.1.0; interface i { f: func(); } world w { import i; }";
//! let read = |text: &str| {
//!     let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
//!     std::fs::write(file.path(), text).unwrap();
//!     Release::load(&Source::File(file.path().to_owned()), &Features::default())
//! };
//! let old = read(text)?;
//! let new = read(&text.replace("f: func()", "f: func(); g: func()"))?;
//! let comparison = compare(&old, &new);
//! assert_eq!(comparison.changes[0].rule.id, "function-added");
//! // A host that was built before can't run what calls it.
//! assert!(comparison.changes[0].breaks.host && !comparison.changes[0].breaks.guest);
//! assert_eq!(comparison.least.unwrap().to_string(), "0.1.1");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```
//!
//! *Guests* are components that were built for the old package. A change breaks them if they don't fit the worlds of the new
//! one. *Hosts* were built for the old package too. A change breaks them if components of the new package don't fit its worlds.
//! The validator decides whether a component fits a world, for components that import all that they may and export all that
//! they must.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use semver::Version;

mod change;
mod compare;
mod definitions;
mod functions;
mod gates;
mod interfaces;
mod open_uses;
mod owners;
mod packages;
mod pairing;
mod roles;
mod rule;
mod types;
mod version;
mod view;
mod world_items;
mod worlds;

pub use change::{Breaks, Change, Weight};
pub use rule::{RULES, Rule, rule};

use crate::diagnostic::Result;
use crate::model::{self, Interface, Model};
use crate::names::is_semver_compatible;
use crate::source::{self, Features, Package, Source};
use compare::Compare;
use gates::Gated;
use pairing::Pairing;
use roles::{Role, Roles};
use view::View;
use worlds::Worlds;

/// A package as it is released: without what is behind gates, and what these are.
#[derive(Clone, Debug)]
pub struct Release {
    model: Model,
    gated: Gated,
}

/// The changes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Comparison {
    /// The full name of the old package.
    pub old: String,
    /// The full name of the new package.
    pub new: String,
    /// All changes, the heaviest first, and by item.
    pub changes: Vec<Change>,
    /// The least version that the new package may have; none without a version to start from.
    pub least: Option<Version>,
    /// Whether the new package's version is less than that.
    pub is_too_low: bool,
}

impl Release {
    /// Reads a package with these features.
    ///
    /// # Errors
    ///
    /// As [`source::load`].
    pub fn load(source: &Source, features: &Features) -> Result<Self> {
        let package = source::load(source, features)?;
        Self::of(&package, features)
    }

    /// A package that was read with these features.
    ///
    /// # Errors
    ///
    /// As [`source::load`], which reads it again if something in it is behind a gate.
    pub fn of(package: &Package, features: &Features) -> Result<Self> {
        Self::of_edited(package, features, &BTreeMap::new())
    }

    /// As [`Release::of`], for a package that was read with other texts in place of those on the disk.
    pub(crate) fn of_edited(
        package: &Package,
        features: &Features,
        edited: &BTreeMap<PathBuf, Arc<str>>,
    ) -> Result<Self> {
        let has_gates = package.has_gates();
        let gated = match features {
            Features::Only(_) if has_gates => {
                let all = source::load_edited(package.source(), &Features::All, edited)?;
                gates::gated(&model::describe(&all))
            }
            _ => Gated::new(),
        };
        Ok(Release {
            model: model::describe(package),
            gated,
        })
    }

    /// The full name of the package.
    pub fn id(&self) -> &str {
        &self.model.package().id
    }
}

/// Compares two releases of a package.
pub fn compare(old: &Release, new: &Release) -> Comparison {
    let pairing = Pairing::of(&old.model, &new.model);
    let before = View::of(&old.model, pairing.old_names);
    let mut after = View::of(&new.model, pairing.new_names);
    let worlds = Worlds::of(&before, &after);
    after.rename_worlds(worlds.pairs.iter().map(|(old, new)| (*new, old.name.clone())));
    let roles = Roles::of(&before, &after, &worlds.pairs);
    let mut compare = Compare::new((&before, &old.gated), (&after, &new.gated), roles);
    compare.expect_unlinked(&pairing.lines);
    compare.worlds(&worlds);
    compare.packages(&pairing.lines);
    compare.interfaces();
    let mut changes = compare.changes;
    changes.sort_by(|a, b| {
        let key = |change: &Change| (change.weight(), change.item.clone(), change.rule.id);
        key(a).cmp(&key(b))
    });
    let versions = (&old.model.package().version, &new.model.package().version);
    let least = versions.0.as_ref().map(|old| version::least(old, &changes));
    let is_too_low = match (&versions, &least) {
        ((Some(old), Some(new)), Some(least)) => !version::is_enough(old, new, least),
        // A package that had a version has none.
        ((Some(_), None), Some(_)) => !changes.is_empty(),
        _ => false,
    };
    Comparison {
        old: old.id().to_owned(),
        new: new.id().to_owned(),
        changes,
        least,
        is_too_low,
    }
}

impl<'a> Compare<'_, 'a> {
    /// Interfaces: the package's own, and those of others that worlds reach on both sides.
    fn interfaces(&mut self) {
        let own = |view: &View<'a>| -> Vec<&'a Interface> {
            view.model.package().interfaces.iter().collect()
        };
        let (before, after) = (own(self.old), own(self.new));
        let removed: Vec<_> = before
            .iter()
            .copied()
            .filter(|i| self.new.interface(&self.old.key(&i.id)).is_none())
            .collect();
        let added: Vec<_> = after
            .iter()
            .copied()
            .filter(|i| self.old.interface(&self.new.key(&i.id)).is_none())
            .collect();
        let names = |i: &'a Interface| -> BTreeSet<&'a str> {
            let types = i.types.iter().map(|def| def.name.as_str());
            types.chain(i.functions.iter().map(|f| f.component_name.as_str())).collect()
        };
        let renamed = interfaces::pairs(&removed, &added, |a, b| {
            !names(a).is_empty() && names(a) == names(b)
        });
        for (a, b) in &renamed {
            let role = self.roles.of_removed(&a.id);
            let message = format!("interface `{}` was renamed to `{}`", a.name, b.name);
            let breaks = open(&role, role.lost().and(role.gained()));
            let change = Change::new("interface-renamed", &a.name, message).breaks(breaks);
            self.push(change, a.position.as_ref(), b.position.as_ref());
        }
        for interface in removed.iter().filter(|i| !renamed.iter().any(|(a, _)| a.id == i.id)) {
            let role = self.roles.of_removed(&interface.id);
            let message = format!("interface `{}` was removed", interface.name);
            let breaks = open(&role, role.lost());
            let change = Change::new("interface-removed", &interface.name, message).breaks(breaks);
            self.removed(&interface.name, change, interface.position.as_ref(), None);
        }
        for interface in added.iter().filter(|i| !renamed.iter().any(|(_, b)| b.id == i.id)) {
            let message = format!("interface `{}` was added", interface.name);
            let change = Change::new("interface-added", &interface.name, message);
            self.added(&interface.name, change, interface.position.as_ref());
        }
        let mut pairs = BTreeSet::new();
        for old in self.old.model.interfaces() {
            let key = self.old.key(&old.id);
            let Some(new) = self.new.interface(&key) else {
                continue;
            };
            pairs.insert((&*old.id, &*new.id));
            let role = self.roles.of_pair(&old.id, &new.id);
            let is_own = self.old.is_own(&old.id);
            // Items of another package only count if components see them.
            if is_own || !role.is_open {
                self.interface_with_name(&key, &role, is_own, old, new);
            }
        }
        self.other_versions(&pairs);
    }

    /// Compares other versions of packages that components are linked to. If a package has two versions, the later one counts.
    fn other_versions(&mut self, pairs: &BTreeSet<(&str, &str)>) {
        let linked: Vec<_> = self.roles.linked().filter(|pair| !pairs.contains(pair)).collect();
        for (id, new_id) in linked {
            let interfaces = (
                self.old.index.interface(id),
                self.new.index.interface(new_id),
            );
            let (Some(old), Some(new)) = interfaces else {
                continue;
            };
            let role = self.roles.of_pair(id, new_id);
            let count = self.changes.len();
            self.interface(&self.old.line(id), &role, old, new);
            let changes = self.changes.split_off(count);
            let is_seen = |change: &Change| change.breaks.guest || change.breaks.host;
            self.changes.extend(changes.into_iter().filter(is_seen));
        }
    }

    fn interface_with_name(
        &mut self,
        key: &str,
        role: &Role,
        is_own: bool,
        old: &'a Interface,
        new: &'a Interface,
    ) {
        let is_documented =
            |change: &Change| is_own || !matches!(change.rule.id, "docs-changed" | "since-changed");
        let count = self.changes.len();
        self.interface(key, role, old, new);
        let changes = self.changes.split_off(count);
        self.changes.extend(changes.into_iter().filter(is_documented));
    }
}

/// Returns what the removal of an interface breaks. If worlds have it, the worlds report it.
fn open(role: &Role, breaks: Breaks) -> Breaks {
    if role.is_open {
        breaks
    } else {
        Breaks {
            source: true,
            ..Breaks::NOBODY
        }
    }
}

impl Comparison {
    /// Returns the changes that the least version follows from: those that break something, or without any all but
    /// documentation.
    pub fn reasons(&self) -> impl Iterator<Item = &Change> {
        let has_breaking = self.changes.iter().any(Change::is_breaking);
        self.changes.iter().filter(move |change| {
            if has_breaking {
                change.is_breaking()
            } else {
                change.weight() != Weight::Documentation
            }
        })
    }

    /// Returns the version of the old package, if it has one.
    pub(crate) fn old_version(&self) -> Option<Version> {
        Version::parse(self.old.split_once('@')?.1).ok()
    }

    /// Whether there is only more: guests and source that were made before go on to work, and what older
    /// hosts lack is new.
    pub fn is_additions_only(&self) -> bool {
        self.changes.iter().all(|change| match change.weight() {
            Weight::Both | Weight::Guest | Weight::Source => false,
            Weight::Host => change.rule.is_addition,
            Weight::Compatible | Weight::Documentation => true,
        })
    }

    /// Whether the versions are semver-compatible, so that tools take one package for the other.
    pub fn is_semver_compatible(&self) -> bool {
        let version = |id: &str| Version::parse(id.split_once('@')?.1).ok();
        match (version(&self.old), version(&self.new)) {
            (Some(old), Some(new)) => is_semver_compatible(&old, &new),
            _ => false,
        }
    }
}
