//! A gate that was left on what other items need.

use std::collections::BTreeSet;

use crate::lint::entry::Entry;
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

/// An item that is needed, and its gates.
type Need<'a> = (String, Vec<&'a Stability>);

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let own: BTreeSet<&str> = features(gates_of_entry(subject, entry)).collect();
        let mut needs: Vec<Need<'_>> = Vec::new();
        let mut visit = |name: &TypeName| {
            needs.push((name.name.clone(), gates_of_type(subject, name)));
        };
        match entry.item {
            Item::Function(function) => {
                // The resource of a function doesn't gate the function.
                function.resource().into_iter().for_each(&mut visit);
                function.names(&mut visit);
            }
            Item::Type(def) => def.names(&mut visit),
            Item::WorldItem(item) => {
                if let WorldItemKind::Interface(id) = &item.kind
                    && let Some(interface) = subject.index.interface(id)
                {
                    needs.push((subject.plain_name(item), vec![&interface.stability]));
                }
            }
            Item::World(world) => needs.extend(included(subject, world)),
            _ => {}
        }
        let mut missing: Vec<(String, &str)> = Vec::new();
        for (name, gates) in needs {
            for feature in features(gates).filter(|feature| !own.contains(feature)) {
                if !missing.iter().any(|(other, it)| *other == name && *it == feature) {
                    missing.push((name.clone(), feature));
                }
            }
        }
        for (name, feature) in missing {
            found.push(finding(entry, &own, &name, feature));
        }
    }
}

fn finding(entry: &Entry<'_>, own: &BTreeSet<&str>, name: &str, feature: &str) -> Finding {
    let (noun, path) = (entry.noun(), &entry.path);
    let is = match own.first() {
        Some(own) => format!("exists with the feature `{own}`"),
        None => "is released".to_owned(),
    };
    let message = format!(
        "{noun} `{path}` {is} and needs `{name}`, which exists only with the feature `{feature}`"
    );
    let gate = format!("`@unstable(feature = {feature})`");
    Finding::of(entry, message)
        .help(format!("release `{name}` with `@since`"))
        .help(format!("or gate this too, with {gate}"))
}

/// The gates that an entry depends on: its own, and those of its containers.
fn gates_of_entry<'a>(subject: &Subject<'a>, entry: &Entry<'a>) -> Vec<&'a Stability> {
    let mut gates = vec![entry.stability];
    let mut around = subject.within(entry);
    while let Some(outer) = around {
        // wit-parser leaves out a resource and keeps its functions.
        if outer.type_def().is_none() {
            gates.push(outer.stability);
        }
        around = subject.within(outer);
    }
    gates
}

/// The gates without which a type is not there: its own, and that of its interface.
fn gates_of_type<'a>(subject: &Subject<'a>, name: &TypeName) -> Vec<&'a Stability> {
    let def = subject.index.type_def(&name.owner, &name.name);
    let interface = subject.index.interface(&name.owner);
    let gates = [
        def.map(|def| &def.stability),
        interface.map(|it| &it.stability),
    ];
    gates.into_iter().flatten().collect()
}

/// The worlds that a world includes, which are needed unless the `include` has the same gate.
fn included<'a>(subject: &Subject<'a>, world: &'a World) -> Vec<Need<'a>> {
    let worlds = world.includes.iter().filter_map(|include| {
        let included = subject.index.included(world, include)?;
        let is_covered = features([&include.stability])
            .any(|feature| features([&included.stability]).any(|it| it == feature));
        (!is_covered).then(|| (include.world.clone(), vec![&included.stability]))
    });
    worlds.collect()
}

/// The features that gates ask for.
fn features<'a>(gates: impl IntoIterator<Item = &'a Stability>) -> impl Iterator<Item = &'a str> {
    gates.into_iter().filter_map(|gate| match gate {
        Stability::Unstable { feature, .. } => Some(feature.as_str()),
        _ => None,
    })
}
