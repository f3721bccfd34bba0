//! Gates: what `@unstable` and `@since` say, and what is behind `@unstable`.

use std::collections::HashMap;

use super::change::{Breaks, Change};
use crate::model::{Direction, Model, Stability, World, WorldItem};

/// The features that gate items of a package, by the keys of the items.
pub(super) type Gated = HashMap<String, String>;

/// Lists a package's items that are behind gates.
pub(super) fn gated(model: &Model) -> Gated {
    let mut gated = Gated::new();
    let mut add = |name: String, stability: &Stability| {
        if let Stability::Unstable { feature, .. } = stability {
            gated.insert(name, feature.clone());
        }
    };
    for interface in &model.package().interfaces {
        let name = &interface.name;
        add(name.clone(), &interface.stability);
        for def in &interface.types {
            add(format!("{name}.{}", def.name), &def.stability);
        }
        for function in &interface.functions {
            add(format!("{name}.{}", function.path()), &function.stability);
        }
    }
    for world in &model.package().worlds {
        add(world.name.clone(), &world.stability);
        for (direction, item) in world.items() {
            add(world_item(world, direction, item), &item.stability);
        }
    }
    gated
}

/// Returns the key of a world's item: a world may import and export an interface, and something else with the same plain name.
pub(super) fn world_item(world: &World, direction: Direction, item: &WorldItem) -> String {
    // The version of the package may have changed.
    let name = item.name.split('@').next().unwrap_or_default();
    format!("{} {} {name}", world.name, direction.name())
}

/// Turns the addition or removal of an item into a change of its gate.
pub(super) fn moved(change: Change, rule: &'static str, feature: &str) -> Change {
    let what = match rule {
        "gate-opened" => format!("no longer gated by the feature `{feature}`"),
        _ => format!("now gated by the feature `{feature}`"),
    };
    let moved = Change::about(rule, change.item, &what);
    moved.breaks(change.breaks)
}

/// Compares the gates of an item that both sides have; `closed` is what it breaks if the item goes behind one.
pub(super) fn compare(
    item: &str,
    old: &Stability,
    new: &Stability,
    closed: Breaks,
) -> Option<Change> {
    let change = |rule, what: String| Some(Change::about(rule, item, &what));
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
                format!("feature changed from `{a}` to `{b}`"),
            )
        }
        (Stability::Unstable { .. }, Stability::Unstable { .. }) => None,
        (Stability::Unstable { feature, .. }, _) => change(
            "gate-opened",
            format!("no longer gated by the feature `{feature}`"),
        ),
        (_, Stability::Unstable { feature, .. }) => change(
            "gate-closed",
            format!("now gated by the feature `{feature}`"),
        )
        .map(|change| change.breaks(closed)),
        (Stability::Stable { since: a, .. }, Stability::Stable { since: b, .. }) if a != b => {
            change("since-changed", format!("`@since` changed from {a} to {b}"))
        }
        (Stability::Unknown, Stability::Stable { since, .. }) => {
            change("since-changed", format!("`@since` {since} was added"))
        }
        (Stability::Stable { .. }, Stability::Unknown) => {
            change("since-changed", "`@since` was removed".to_owned())
        }
        _ => match (deprecated(old), deprecated(new)) {
            (a, b) if a == b => None,
            (_, Some(version)) => change("deprecated", format!("deprecated since {version}")),
            (_, None) => change("deprecated", "no longer deprecated".to_owned()),
        },
    }
}
