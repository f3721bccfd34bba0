//! Describes items of worlds that exist on one side only.

use super::change::Breaks;
use super::interfaces::rules;
use crate::model::{Direction, World, WorldItem, WorldItemKind};

/// Returns what an item is, for people.
pub(super) fn description(item: &WorldItem) -> String {
    match &item.kind {
        WorldItemKind::Interface(id) => format!("interface `{id}`"),
        WorldItemKind::Inline(_) => "an inline interface".to_owned(),
        WorldItemKind::Function(_) => "a function".to_owned(),
        WorldItemKind::Type(_) => "a type".to_owned(),
    }
}

/// Returns the rule and the message of an item that a world has added.
pub(super) fn addition_of(
    direction: Direction,
    world: &World,
    item: &WorldItem,
    breaks: Breaks,
) -> (&'static str, String) {
    let whole = format!("`{}.{}`", world.name, item.name);
    match (direction, &item.kind) {
        (_, WorldItemKind::Type(_)) => ("type-added", format!("type {whole} was added")),
        (Direction::Import, WorldItemKind::Function(f)) if f.resource().is_some() => {
            let path = format!("{}.{}", world.name, f.path());
            (rules(f)[0], format!("{} `{path}` was added", f.noun()))
        }
        (Direction::Import, _) => {
            let effect = if breaks.host {
                ", which hosts must provide"
            } else {
                ""
            };
            (
                "import-added",
                format!("world `{}` now imports `{}`{effect}", world.name, item.name),
            )
        }
        (Direction::Export, _) => {
            let effect = if breaks.guest {
                ", which components must provide"
            } else {
                ""
            };
            (
                "export-added",
                format!("world `{}` now exports `{}`{effect}", world.name, item.name),
            )
        }
    }
}

/// Returns the rule and the message of an item that a world has removed.
pub(super) fn removal_of(
    direction: Direction,
    world: &World,
    item: &WorldItem,
    breaks: Breaks,
) -> (&'static str, String) {
    let whole = format!("`{}.{}`", world.name, item.name);
    match (direction, &item.kind) {
        (_, WorldItemKind::Type(_)) => ("type-removed", format!("type {whole} was removed")),
        (Direction::Import, WorldItemKind::Function(f)) if f.resource().is_some() => {
            let path = format!("{}.{}", world.name, f.path());
            (rules(f)[1], format!("{} `{path}` was removed", f.noun()))
        }
        (Direction::Import, _) => {
            let effect = if breaks.guest {
                "; components that use it won't link"
            } else {
                ""
            };
            (
                "import-removed",
                format!(
                    "world `{}` no longer imports `{}`{effect}",
                    world.name, item.name
                ),
            )
        }
        (Direction::Export, _) => {
            let effect = if breaks.host {
                "; hosts that call it won't link"
            } else {
                ""
            };
            (
                "export-removed",
                format!(
                    "world `{}` no longer exports `{}`{effect}",
                    world.name, item.name
                ),
            )
        }
    }
}
