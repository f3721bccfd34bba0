//! What has changed between two packages, and whom it breaks.
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
//! *Guests* are components that were built for the old package: a change breaks them if they don't fit
//! the worlds of the new one. *Hosts* were built for the old package too: a change breaks them if
//! components of the new one don't fit its worlds. Whether a component fits a world is what the
//! validator says of components that import all that they may and export all that they must.

use std::collections::{BTreeSet, HashSet};

use semver::Version;

mod change;
mod compare;
mod definitions;
mod functions;
mod interfaces;
mod roles;
mod rule;
mod types;
mod version;
mod view;
mod worlds;

pub use change::{Breaks, Change, Weight};
pub use rule::{RULES, Rule, rule};

use crate::diagnostic::Result;
use crate::model::{self, Interface, Model, Stability, TypeDef, World};
use crate::names::is_semver_compatible;
use crate::source::{self, Features, Package, Source};
use compare::{Common, Compare};
use roles::Roles;
use view::{View, package_key};
use worlds::Worlds;

/// A package as it is released: without what is behind gates, and what these are.
#[derive(Clone, Debug)]
pub struct Release {
    model: Model,
    /// The names of items behind gates.
    gated: HashSet<String>,
}

/// What has changed.
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
        let has_gates = package.has_gates();
        let gated = match features {
            Features::Only(_) if has_gates => {
                let all = source::load(package.source(), &Features::All)?;
                gated(&View::of(&model::describe(&all)))
            }
            _ => HashSet::new(),
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
    let (before, after) = (View::of(&old.model), View::of(&new.model));
    let worlds = Worlds::of(&before, &after);
    let roles = Roles::of(&before, &after, &worlds.pairs);
    let mut compare = Compare::new(&before, &after, roles);
    compare.packages();
    compare.worlds(&worlds);
    compare.interfaces();
    let mut changes = compare.changes;
    for change in &mut changes {
        gates(change, old, new);
    }
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

/// Tells of something that was or is behind a gate that it is the gate that has moved.
fn gates(change: &mut Change, old: &Release, new: &Release) {
    let id = change.rule.id;
    if id.ends_with("-added") && old.gated.contains(&change.item) {
        change.rule = rule::known("gate-opened");
        change.message = "it is there without its feature now".to_owned();
    } else if id.ends_with("-removed") && new.gated.contains(&change.item) {
        change.rule = rule::known("gate-closed");
        change.message = "it is there with its feature only".to_owned();
    }
}

impl<'a> Compare<'_, 'a> {
    /// The package itself, and the versions of others.
    fn packages(&mut self) {
        let (old, new) = (self.old.model.package(), self.new.model.package());
        if (&old.namespace, &old.name) != (&new.namespace, &new.name) {
            let message = format!("the package is called `{}:{}` now", new.namespace, new.name);
            let breaks = Breaks {
                guest: true,
                host: true,
                source: true,
            };
            let item = format!("{}:{}", old.namespace, old.name);
            let change = Change::new("package-renamed", item, message).breaks(breaks);
            self.push(change, None, None);
        }
        let common = |docs| Common {
            docs,
            stability: None,
            external_id: None,
            position: None,
        };
        let name = format!("{}:{}", new.namespace, new.name);
        self.docs(
            &name,
            common(old.docs.as_deref()),
            common(new.docs.as_deref()),
        );
        let (before, after) = (&self.old.model.packages[1..], &self.new.model.packages[1..]);
        for package in before {
            let key = package_key(package);
            let other = after.iter().find(|other| package_key(other) == key);
            if let Some(other) = other.filter(|other| other.version != package.version) {
                let message = format!("`{}` is used, and was `{}`", other.id, package.id);
                let item = format!("{}:{}", package.namespace, package.name);
                self.push(Change::new("dependency-updated", item, message), None, None);
            }
        }
    }

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
            let role = self.roles.role(&self.old.key(&a.id));
            let message = format!("the interface is called `{}` now", b.name);
            let breaks = open(&role, role.lost().and(role.gained()));
            let change = Change::new("interface-renamed", &a.name, message).breaks(breaks);
            self.push(change, a.position.as_ref(), b.position.as_ref());
        }
        for interface in removed.iter().filter(|i| !renamed.iter().any(|(a, _)| a.id == i.id)) {
            let role = self.roles.role(&self.old.key(&interface.id));
            let message = "the interface is gone".to_owned();
            let breaks = open(&role, role.lost());
            let change = Change::new("interface-removed", &interface.name, message).breaks(breaks);
            self.push(change, interface.position.as_ref(), None);
        }
        for interface in added.iter().filter(|i| !renamed.iter().any(|(_, b)| b.id == i.id)) {
            let message = "the interface is new".to_owned();
            let change = Change::new("interface-added", &interface.name, message);
            self.push(change, None, interface.position.as_ref());
        }
        let pairs: Vec<_> = self
            .old
            .model
            .interfaces()
            .filter_map(|old| {
                let key = self.old.key(&old.id);
                let new = self.new.interface(&key)?;
                Some((key, old, new))
            })
            .collect();
        for (key, old, new) in pairs {
            let role = self.roles.role(&key);
            let is_own = before.iter().any(|i| std::ptr::eq(*i, old));
            // What another package has is its own affair unless components see it.
            if !is_own && role.is_open {
                continue;
            }
            let is_documented = |change: &Change| {
                is_own || !matches!(change.rule.id, "docs-changed" | "since-changed")
            };
            let count = self.changes.len();
            self.interface(&key, &role, old, new);
            let changes = self.changes.split_off(count);
            self.changes.extend(changes.into_iter().filter(is_documented));
        }
    }
}

/// What breaks when an interface goes: where worlds have it, they tell.
fn open(role: &roles::Role, breaks: Breaks) -> Breaks {
    if role.is_open {
        breaks
    } else {
        Breaks {
            source: true,
            ..Breaks::NOBODY
        }
    }
}

/// The names of a package's items that are behind gates, as changes name them.
fn gated(view: &View<'_>) -> HashSet<String> {
    let is_gated = |stability: &Stability| matches!(stability, Stability::Unstable { .. });
    let mut gated = HashSet::new();
    for interface in &view.model.package().interfaces {
        let key = view.key(&interface.id);
        if is_gated(&interface.stability) {
            gated.insert(key.clone());
        }
        let types = interface.types.iter();
        for def in types.filter(|def: &&TypeDef| is_gated(&def.stability)) {
            gated.insert(format!("{key}.{}", def.name));
        }
        for function in interface.functions.iter().filter(|f| is_gated(&f.stability)) {
            gated.insert(format!("{key}.{}", function.path()));
        }
    }
    for world in &view.model.package().worlds {
        if is_gated(&world.stability) {
            gated.insert(world.name.clone());
        }
        let items = |world: &World| -> Vec<String> {
            let items = world.items().filter(|(_, item)| is_gated(&item.stability));
            items.map(|(_, item)| view.key(&item.name)).collect()
        };
        gated.extend(items(world).into_iter().map(|item| format!("{}.{item}", world.name)));
    }
    gated
}

impl Comparison {
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
