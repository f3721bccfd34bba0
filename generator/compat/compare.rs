//! The comparison, item by item.

use super::change::{Breaks, Change};
use super::roles::Roles;
use super::types::{AcrossPackages, Types};
use super::view::View;
use crate::model::{Position, Stability};

/// Both packages, and what has been found so far.
pub(super) struct Compare<'v, 'a> {
    pub old: &'v View<'a>,
    pub new: &'v View<'a>,
    pub types: Types<'v, 'a>,
    pub roles: Roles,
    pub changes: Vec<Change>,
}

/// What every item has.
#[derive(Clone, Copy)]
pub(super) struct Common<'a> {
    pub docs: Option<&'a str>,
    pub stability: Option<&'a Stability>,
    pub external_id: Option<&'a str>,
    pub position: Option<&'a Position>,
}

impl<'v, 'a> Compare<'v, 'a> {
    pub fn new(old: &'v View<'a>, new: &'v View<'a>, roles: Roles) -> Self {
        Compare {
            old,
            new,
            types: Types::new(AcrossPackages { old, new }),
            roles,
            changes: Vec::new(),
        }
    }

    /// Adds a change with the places of what it is about.
    pub fn push(&mut self, change: Change, old: Option<&Position>, new: Option<&Position>) {
        let place = |position: Option<&Position>| Some(position?.clone().into());
        self.changes.push(change.at(place(old), place(new)));
    }

    /// Compares what every item has; `breaks` is what it breaks if the item goes behind a gate.
    pub fn common(&mut self, item: &str, old: Common<'_>, new: Common<'_>, breaks: Breaks) {
        if let (Some(before), Some(after)) = (old.stability, new.stability)
            && let Some(change) = gate(item, before, after, breaks)
        {
            self.push(change, old.position, new.position);
        }
        if old.external_id != new.external_id {
            let message = "its external id has changed".to_owned();
            let change = Change::new("external-id-changed", item, message);
            self.push(change, old.position, new.position);
        }
        self.docs(item, old, new);
    }

    /// Compares documentation.
    pub fn docs(&mut self, item: &str, old: Common<'_>, new: Common<'_>) {
        if old.docs != new.docs {
            let message = match (old.docs, new.docs) {
                (None, _) => "it has documentation now",
                (_, None) => "it has no documentation any more",
                _ => "its documentation has changed",
            };
            let change = Change::new("docs-changed", item, message.to_owned());
            self.push(change, old.position, new.position);
        }
    }
}

/// What has happened to a gate.
fn gate(item: &str, old: &Stability, new: &Stability, closed: Breaks) -> Option<Change> {
    let change = |rule, message: String| Some(Change::new(rule, item, message));
    let deprecated = |stability: &Stability| match stability {
        Stability::Unknown => None,
        Stability::Stable { deprecated, .. } | Stability::Unstable { deprecated, .. } => {
            deprecated.clone()
        }
    };
    match (old, new) {
        (Stability::Unstable { feature: a, .. }, Stability::Unstable { feature: b, .. })
            if a != b =>
        {
            change(
                "gate-changed",
                format!("it is gated by the feature `{b}` instead of `{a}`"),
            )
        }
        (Stability::Unstable { .. }, Stability::Unstable { .. }) => None,
        (Stability::Unstable { feature, .. }, _) => change(
            "gate-opened",
            format!("it is there without the feature `{feature}`"),
        ),
        (_, Stability::Unstable { feature, .. }) => change(
            "gate-closed",
            format!("it is there with the feature `{feature}` only"),
        )
        .map(|change| change.breaks(closed)),
        (Stability::Stable { since: a, .. }, Stability::Stable { since: b, .. }) if a != b => {
            change(
                "since-changed",
                format!("it says that it is there since {b} instead of {a}"),
            )
        }
        (Stability::Unknown, Stability::Stable { since, .. }) => change(
            "since-changed",
            format!("it says that it is there since {since}"),
        ),
        (Stability::Stable { .. }, Stability::Unknown) => change(
            "since-changed",
            "it doesn't say any more since when it is there".to_owned(),
        ),
        _ => match (deprecated(old), deprecated(new)) {
            (a, b) if a == b => None,
            (_, Some(version)) => change("deprecated", format!("it is deprecated since {version}")),
            (_, None) => change("deprecated", "it is deprecated no more".to_owned()),
        },
    }
}
