//! A world that has everything that another one has.

use std::fmt;

use super::Relation;
use super::shape::Shapes;
use super::subject::Subject;
use crate::compare::pair;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::model::{Direction, Index, Position, World, WorldItem, WorldItemKind};
use crate::names::label;

/// One way in which two items differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The first has it, and the second hasn't.
    Added(String),
    /// The second has it, and the first hasn't.
    Missing(String),
    /// Both have it, and it isn't the same: what it is, and how it differs.
    Changed(String, String),
}

impl fmt::Display for Difference {
    /// `+ import origin`, `- export handler`, `~ import log: …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Added(item) => write!(f, "+ {item}"),
            Difference::Missing(item) => write!(f, "- {item}"),
            Difference::Changed(item, how) => write!(f, "~ {item}: {how}"),
        }
    }
}

/// One difference, and where both sides stand.
struct PlacedDifference<'a> {
    difference: Difference,
    position: Option<&'a Position>,
    base_position: Option<&'a Position>,
}

/// How a world differs from another: sorted, missing items first.
pub(super) fn differences(index: &Index<'_>, world: &World, base: &World) -> Vec<Difference> {
    compare(index, world, base)
        .into_iter()
        .map(|placed| placed.difference)
        .collect()
}

pub(super) fn check(
    subject: &Subject<'_>,
    relation: &Relation,
    world: &str,
    base: &str,
    adds: Option<&[String]>,
) -> Result<Vec<Diagnostic>> {
    let (world, base) = (
        subject.world(relation, world)?,
        subject.world(relation, base)?,
    );
    let mut findings = Vec::new();
    let mut added = Vec::new();
    let place = |position: Option<&Position>| Some(position?.clone().into());
    for placed in compare(&subject.index, world, base) {
        let (message, help) = match &placed.difference {
            Difference::Added(item) => {
                added.push((item.clone(), placed.position));
                continue;
            }
            Difference::Missing(item) => (
                format!(
                    "world `{}` does not extend `{}`: it has no `{item}`",
                    world.name, base.name
                ),
                format!(
                    "add `{item}` to `{}`, or write `include {}` in it",
                    world.name, base.name
                ),
            ),
            Difference::Changed(item, how) => (
                format!(
                    "world `{}` does not extend `{}`: `{item}` differs: {how}",
                    world.name, base.name
                ),
                "make the two equal".to_owned(),
            ),
        };
        let position = placed.position.or(world.position.as_ref());
        let places = [
            place(position),
            place(placed.base_position),
            relation.place.clone(),
        ];
        findings.push(at(Diagnostic::error(codes::RELATION_EXTENDS, message), places).help(help));
    }
    let Some(adds) = adds else {
        return Ok(findings);
    };
    let adds: Vec<String> = adds.iter().map(|item| full_name(subject, world, item)).collect();
    for (item, position) in &added {
        if !adds.contains(item) {
            let message = format!(
                "world `{}` adds `{item}` to `{}`, but `adds` doesn't list it",
                world.name, base.name
            );
            let position = position.or(world.position.as_ref());
            let finding = at(
                Diagnostic::error(codes::RELATION_ADDS, message),
                [place(position), relation.place.clone()],
            );
            findings.push(finding.help(format!(
                "remove it from the world, or add \"{item}\" to `adds`"
            )));
        }
    }
    for item in &adds {
        if !added.iter().any(|(added, _)| added == item) {
            let message = format!(
                "world `{}` does not add `{item}` to `{}`, but `adds` lists it",
                world.name, base.name
            );
            let finding = at(
                Diagnostic::error(codes::RELATION_ADDS, message),
                [place(world.position.as_ref()), relation.place.clone()],
            );
            let help = if base.items().any(|(direction, it)| shown(direction, it) == *item) {
                format!("`{}` has it already; remove it from `adds`", base.name)
            } else {
                format!("add `{item}` to `{}`, or remove it from `adds`", world.name)
            };
            findings.push(finding.help(help));
        }
    }
    Ok(findings)
}

fn at<const N: usize>(
    finding: Diagnostic,
    places: [Option<crate::diagnostic::Place>; N],
) -> Diagnostic {
    let places = places.into_iter().flatten();
    places.fold(finding, Diagnostic::at)
}

/// Returns the items that only one of two worlds has, and the common items that differ.
fn compare<'a>(index: &Index<'a>, world: &'a World, base: &'a World) -> Vec<PlacedDifference<'a>> {
    let items = pair(base.items(), world.items(), |(direction, item)| {
        (direction, item.name.as_str())
    });
    let mut differences = Vec::new();
    for ((direction, item), other) in items.first {
        let name = shown(direction, item);
        match other {
            None => differences.push(PlacedDifference {
                difference: Difference::Missing(name),
                position: None,
                base_position: item.position.as_ref(),
            }),
            Some((_, other)) => {
                if let Some(mismatch) = Shapes::new(index).world_items(item, other) {
                    differences.push(PlacedDifference {
                        difference: Difference::Changed(name, mismatch.what),
                        position: mismatch.found.or(other.position.as_ref()),
                        base_position: mismatch.expected.or(item.position.as_ref()),
                    });
                }
            }
        }
    }
    differences.extend(
        items.added.into_iter().map(|(direction, item)| PlacedDifference {
            difference: Difference::Added(shown(direction, item)),
            position: item.position.as_ref(),
            base_position: None,
        }),
    );
    differences.sort_by_key(|placed| match &placed.difference {
        Difference::Missing(item) => (0, item.clone()),
        Difference::Changed(item, _) => (1, item.clone()),
        Difference::Added(item) => (2, item.clone()),
    });
    differences
}

/// An item as `adds` names it: `import wasi:http/origin@0.3.1002`, `import primary: wasi:http/handler@0.3.1002`, `export run`,
/// `type request`.
fn shown(direction: Direction, item: &WorldItem) -> String {
    match &item.kind {
        WorldItemKind::Type(_) => format!("type {}", item.name),
        WorldItemKind::Interface(id) if item.is_labelled() => {
            format!("{} {}: {id}", direction.name(), item.name)
        }
        _ => format!("{} {}", direction.name(), item.name),
    }
}

/// Returns an entry of `adds` with the full name of the interface: `import origin` is short for `import
/// wasi:http/origin@0.3.1002`. After a label the interface may be left out: `import primary`.
fn full_name(subject: &Subject<'_>, world: &World, written: &str) -> String {
    let Some((word, name)) = written.split_once(' ') else {
        return written.to_owned();
    };
    let name = name.trim_start();
    if let Some((label, interface)) = label(name) {
        return format!(
            "{word} {label}: {}",
            full_interface(subject, world, interface)
        );
    }
    let own = world.items().find(|(_, item)| item.name == name);
    match own.map(|(_, item)| (item.is_labelled(), &item.kind)) {
        Some((true, WorldItemKind::Interface(id))) => format!("{word} {name}: {id}"),
        Some(_) => written.to_owned(),
        None => format!("{word} {}", full_interface(subject, world, name)),
    }
}

/// Returns the full name of an interface whose package or version may be left out.
fn full_interface(subject: &Subject<'_>, world: &World, name: &str) -> String {
    let package = subject.index.package(&world.id);
    let mut interfaces = package.into_iter().flat_map(|package| &package.interfaces);
    if let Some(interface) = interfaces.find(|interface| interface.name == name) {
        return interface.id.to_string();
    }
    // A full name without its version.
    let mut ids = world.items().map(|(_, item)| match &item.kind {
        WorldItemKind::Interface(id) => &**id,
        _ => item.name.as_str(),
    });
    let found = ids.find(|id| id.split('@').next() == Some(name));
    found.unwrap_or(name).to_owned()
}
