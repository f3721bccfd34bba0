//! A resource that no user of a world can get.

use std::collections::HashSet;

use crate::lint::entry::Entry;
use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::{
    Direction, Function, FunctionKind, TypeDef, TypeKind, TypeName, World, WorldItemKind,
};

pub(in crate::lint) const RULE: Rule = Rule {
    id: "unreachable-resource",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/unreachable-resource.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let package = subject.package();
    let items = || package.worlds.iter().flat_map(World::items);
    let in_worlds: HashSet<&str> = items().map(|(_, item)| item.name.as_str()).collect();
    let exports: HashSet<&str> = items()
        .filter(|(direction, _)| *direction == Direction::Export)
        .map(|(_, item)| item.name.as_str())
        .collect();
    let mut reached = Reached {
        subject,
        seen: HashSet::new(),
    };
    // Another package may use this one and return its resources.
    for interface in subject.model.interfaces() {
        // A component is given what its exports take.
        reached.functions(&interface.functions, exports.contains(&*interface.id));
    }
    for (direction, item) in subject.model.worlds().flat_map(World::items) {
        let is_exported = direction == Direction::Export;
        match &item.kind {
            WorldItemKind::Inline(interface) => {
                reached.functions(&interface.functions, is_exported)
            }
            WorldItemKind::Function(function) => {
                reached.functions(std::slice::from_ref(function), is_exported);
            }
            WorldItemKind::Interface(_) | WorldItemKind::Type(_) => {}
        }
    }
    for entry in &subject.entries {
        let Some(def) = entry.type_def() else {
            continue;
        };
        // Items in no world are for other packages, which may return the resource.
        let around = subject.within(entry).and_then(Entry::interface);
        let is_in_world = around.is_none_or(|interface| {
            in_worlds.contains(&*interface.id) || interface.id.contains('#')
        });
        let is_resource = matches!(def.kind, TypeKind::Resource);
        let address: *const TypeDef = def;
        if is_resource && is_in_world && !reached.seen.contains(&address) {
            let message = format!(
                "resource `{}` has no constructor, and no function returns it",
                entry.path
            );
            let help = "give it a constructor, or a function that returns it";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}

/// The types that users can get, by their addresses.
struct Reached<'s, 'a> {
    subject: &'s Subject<'a>,
    seen: HashSet<*const TypeDef>,
}

impl Reached<'_, '_> {
    fn functions(&mut self, functions: &[Function], is_exported: bool) {
        for function in functions {
            // The caller of a method already has the resource.
            let own = match &function.kind {
                FunctionKind::Method(resource) => Some(resource),
                _ => None,
            };
            let mut visit = |name: &TypeName| {
                if Some(name) != own {
                    self.name(name);
                }
            };
            if let Some(result) = &function.result {
                result.names(&mut visit);
            }
            if is_exported {
                function.params.iter().for_each(|param| param.ty.names(&mut visit));
            }
        }
    }

    /// A type, and those that it consists of.
    fn name(&mut self, name: &TypeName) {
        let index = &self.subject.index;
        let mut pending = vec![index.definition(name)];
        while let Some(definition) = pending.pop() {
            if let Some((_, def)) = definition
                && self.seen.insert(def)
            {
                def.names(&mut |name| pending.push(index.definition(name)));
            }
        }
    }
}
