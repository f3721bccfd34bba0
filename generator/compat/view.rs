//! One of the two packages that are compared: its items by names that both share, and which of its
//! types a component sees.

use std::collections::{HashMap, HashSet};

use crate::model::{
    Direction, Function, Index, Interface, Model, Package, TypeDef, TypeKind, TypeName, World,
    WorldItemKind,
};
use crate::names::compatibility_track;

/// One side of a comparison.
pub(super) struct View<'a> {
    pub model: &'a Model,
    pub index: Index<'a>,
    interfaces: HashMap<String, &'a Interface>,
}

/// A type by the full name of what it stands in, and its name there.
type Live<'a> = HashSet<(&'a str, &'a str)>;

impl<'a> View<'a> {
    pub fn of(model: &'a Model) -> Self {
        let mut view = View {
            model,
            index: Index::of(model),
            interfaces: HashMap::new(),
        };
        for interface in model.interfaces() {
            let key = view.key(&interface.id);
            view.interfaces.insert(key, interface);
        }
        view
    }

    /// What an interface or a world is called on both sides: without the version of the own package,
    /// and with the compatible versions of another's.
    pub fn key(&self, id: &str) -> String {
        let (path, place) = id.split_once('#').unwrap_or((id, ""));
        let Some(package) = self.index.package(path) else {
            return id.to_owned();
        };
        let with_version = path.rsplit('/').next().unwrap_or(path);
        let name = with_version.split('@').next().unwrap_or(with_version);
        let mut key = if package.id == self.model.package().id {
            name.to_owned()
        } else {
            format!("{}/{name}", package_key(package))
        };
        if !place.is_empty() {
            key = format!("{key}#{place}");
        }
        key
    }

    /// The interface with a name that is called so.
    pub fn interface(&self, key: &str) -> Option<&'a Interface> {
        self.interfaces.get(key).copied()
    }

    /// Where a type is first written, its key, and its definition.
    pub fn definition(&self, name: &TypeName) -> Option<(String, &'a TypeDef)> {
        let (owner, def) = self.index.definition(name)?;
        Some((self.key(owner), def))
    }

    /// The imported types that a component of a world sees, which imports all functions that it may:
    /// those that functions reach, and what it exports; none of an interface that it doesn't import at all,
    /// having use for its types in exports only.
    pub fn live(&self, world: &'a World) -> Live<'a> {
        let exported = |owner: &str| {
            world.exports.iter().any(|item| match &item.kind {
                WorldItemKind::Interface(id) => **id == *owner,
                WorldItemKind::Inline(interface) => *interface.id == *owner,
                _ => false,
            })
        };
        let mut pending: Vec<Seen<'a>> = Vec::new();
        for (direction, item) in world.items() {
            match &item.kind {
                WorldItemKind::Function(function) => {
                    in_function(function, direction, &mut pending);
                }
                WorldItemKind::Type(def) => {
                    // A component imports the types of its world, whether or not it has use for them.
                    pending.push((&world.id, &def.name, Direction::Import));
                }
                WorldItemKind::Interface(id) => {
                    if let Some(interface) = self.index.interface(id) {
                        in_interface(interface, direction, &mut pending);
                    }
                }
                WorldItemKind::Inline(interface) => {
                    in_interface(interface, direction, &mut pending);
                }
            }
        }
        let mut visited = HashSet::new();
        let mut imported = HashSet::new();
        while let Some((owner, name, from)) = pending.pop() {
            let Some(def) = self.index.type_def(owner, name) else {
                continue;
            };
            let from = match from {
                Direction::Export if exported(owner) => Direction::Export,
                _ => Direction::Import,
            };
            if !visited.insert((owner, name, from)) {
                continue;
            }
            if from == Direction::Import {
                imported.insert(owner);
            }
            def.names(&mut |name| pending.push((&name.owner, &name.name, from)));
        }
        imported.extend(world.imports.iter().filter_map(|item| {
            let (id, interface) = match &item.kind {
                WorldItemKind::Interface(id) => (&**id, self.index.interface(id)?),
                WorldItemKind::Inline(interface) => (&*interface.id, &**interface),
                _ => return None,
            };
            (!interface.functions.is_empty()).then_some(id)
        }));
        // Of an interface that is both imported and exported, a component sees the same types twice.
        let seen = visited.into_iter().map(|(owner, name, _)| (owner, name));
        seen.filter(|(owner, _)| imported.contains(owner)).collect()
    }
}

/// A type that is seen, and whether through an import or an export.
type Seen<'a> = (&'a str, &'a str, Direction);

fn in_function<'a>(function: &'a Function, direction: Direction, pending: &mut Vec<Seen<'a>>) {
    function.names(&mut |name| pending.push((&name.owner, &name.name, direction)));
    if let Some(resource) = function.resource() {
        pending.push((&resource.owner, &resource.name, direction));
    }
}

/// The types of an interface that are seen at once.
fn in_interface<'a>(interface: &'a Interface, direction: Direction, pending: &mut Vec<Seen<'a>>) {
    for function in &interface.functions {
        in_function(function, direction, pending);
    }
    for def in &interface.types {
        // A component may drop a handle to any resource that it imports.
        if direction == Direction::Export || matches!(def.kind, TypeKind::Resource) {
            pending.push((&interface.id, &def.name, direction));
        }
    }
}

/// A package by its name and the versions that its own is compatible with.
pub(super) fn package_key(package: &Package) -> String {
    let track = package.version.as_ref().map(compatibility_track);
    format!(
        "{}:{}@{}",
        package.namespace,
        package.name,
        track.unwrap_or_default()
    )
}
