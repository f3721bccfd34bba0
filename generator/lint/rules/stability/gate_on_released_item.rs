//! A gate that was left on what released items need.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::{Item, Stability, TypeName, World, WorldItemKind};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "gate-on-released-item",
    family: Family::Stability,
    level: Level::Error,
    page: include_str!("../../../../docs/lint/gate-on-released-item.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        if is_unstable(subject.gate(entry)) {
            continue;
        }
        let mut names: Vec<(String, &Stability)> = Vec::new();
        let mut visit = |name: &TypeName| {
            if let Some(gate) = gate_of(subject, name) {
                names.push((name.name.clone(), gate));
            }
        };
        match entry.item {
            Item::Function(function) => function.names(&mut visit),
            Item::Type(def) => def.names(&mut visit),
            Item::WorldItem(item) => {
                if let WorldItemKind::Interface(id) = &item.kind
                    && let Some(interface) = subject.index.interface(id)
                {
                    names.push((subject.plain_name(item), &interface.stability));
                }
            }
            Item::World(world) => names.extend(included(subject, world)),
            _ => {}
        }
        names.retain(|(_, gate)| is_unstable(gate));
        names.dedup();
        for (name, gate) in names {
            let Stability::Unstable { feature, .. } = gate else {
                continue;
            };
            let message = format!(
                "{} `{}` is released and needs `{name}`, which is there with the feature `{feature}` only",
                entry.noun(),
                entry.path
            );
            let finding = Finding::of(entry, message)
                .help(format!("release `{name}` with `@since`"))
                .help(format!(
                    "or gate this too, with `@unstable(feature = {feature})`"
                ));
            found.push(finding);
        }
    }
}

/// The gate of a type where it stands: its own, else that of its interface.
fn gate_of<'a>(subject: &Subject<'a>, name: &TypeName) -> Option<&'a Stability> {
    let def = subject.index.type_def(&name.owner, &name.name)?;
    match &def.stability {
        Stability::Unknown => Some(&subject.index.interface(&name.owner)?.stability),
        gate => Some(gate),
    }
}

/// The worlds that a world includes without a gate on the `include`.
fn included<'a>(subject: &Subject<'a>, world: &'a World) -> Vec<(String, &'a Stability)> {
    let includes = world.includes.iter().filter(|include| !is_unstable(&include.stability));
    let worlds = includes.filter_map(|include| {
        let included = subject.index.included(world, include)?;
        Some((include.world.clone(), &included.stability))
    });
    worlds.collect()
}

fn is_unstable(gate: &Stability) -> bool {
    matches!(gate, Stability::Unstable { .. })
}
