//! The comparison, item by item.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::change::{Breaks, Change};
use super::gates::{self, Gated};
use super::roles::Roles;
use super::types::{AcrossPackages, Types};
use super::view::View;
use crate::model::{Position, Stability};

/// Both packages, and what has been found so far.
pub(super) struct Compare<'v, 'a> {
    pub old: &'v View<'a>,
    pub new: &'v View<'a>,
    pub types: Types<'v, 'a>,
    pub roles: Roles<'a>,
    pub old_gated: &'v Gated,
    pub new_gated: &'v Gated,
    /// Returns who breaks if components no longer link to these lines of a package, by their names.
    pub unlinked: BTreeMap<String, Breaks>,
    pub changes: Vec<Change>,
}

/// The common properties of items.
#[derive(Clone, Copy)]
pub(super) struct Common<'a> {
    pub docs: Option<&'a str>,
    pub stability: Option<&'a Stability>,
    pub external_id: Option<&'a str>,
    pub position: Option<&'a Position>,
}

impl<'v, 'a> Compare<'v, 'a> {
    pub fn new(
        old: (&'v View<'a>, &'v Gated),
        new: (&'v View<'a>, &'v Gated),
        roles: Roles<'a>,
    ) -> Self {
        let correspondence = AcrossPackages {
            old: old.0,
            new: new.0,
            counterparts: None,
        };
        Compare {
            old: old.0,
            new: new.0,
            types: Types::new(correspondence),
            roles,
            old_gated: old.1,
            new_gated: new.1,
            unlinked: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    /// Adds a change with the places of what it is about.
    pub fn push(&mut self, change: Change, old: Option<&Position>, new: Option<&Position>) {
        let place = |position: Option<&Position>| Some(position?.clone().into());
        self.changes.push(change.at(place(old), place(new)));
    }

    /// Adds a new item; `gate` identifies it among the items behind gates.
    pub fn added(&mut self, gate: &str, change: Change, new: Option<&Position>) {
        let change = match self.old_gated.get(gate) {
            Some(feature) => gates::moved(change, "gate-opened", feature),
            None => change,
        };
        self.push(change, None, new);
    }

    /// Adds that an item is no longer there; `gate` is what tells it apart among those behind gates.
    pub fn removed(
        &mut self,
        gate: &str,
        change: Change,
        old: Option<&Position>,
        new: Option<&Position>,
    ) {
        let change = match self.new_gated.get(gate) {
            Some(feature) => gates::moved(change, "gate-closed", feature),
            None => change,
        };
        self.push(change, old, new);
    }

    /// Compares what every item has; `breaks` is what it breaks if the item goes behind a gate.
    pub fn common(&mut self, item: &str, old: Common<'_>, new: Common<'_>, breaks: Breaks) {
        if let (Some(before), Some(after)) = (old.stability, new.stability)
            && let Some(change) = gates::compare(item, before, after, breaks)
        {
            self.push(change, old.position, new.position);
        }
        if old.external_id != new.external_id {
            let what = changed("external id", old.external_id, new.external_id);
            let change = Change::about("external-id-changed", item, &what);
            self.push(change, old.position, new.position);
        }
        self.docs(item, old, new);
    }

    /// Compares documentation.
    pub fn docs(&mut self, item: &str, old: Common<'_>, new: Common<'_>) {
        if old.docs != new.docs {
            let what = match (old.docs, new.docs) {
                (None, _) => "documentation was added",
                (_, None) => "documentation was removed",
                _ => "documentation changed",
            };
            let change = Change::about("docs-changed", item, what);
            self.push(change, old.position, new.position);
        }
    }
}

/// Describes the change of an optional part: a result, a payload.
pub(super) fn changed(what: &str, old: Option<impl Display>, new: Option<impl Display>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("{what} changed from `{old}` to `{new}`"),
        (Some(old), None) => format!("{what} `{old}` was removed"),
        (None, Some(new)) => format!("{what} `{new}` was added"),
        (None, None) => format!("{what} changed"),
    }
}
