//! One of the two packages that are compared: its items by names that both share, and which of its
//! types a component sees.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::pairing::{SharedName, SharedNames};
use crate::model::{
    Direction, Function, Index, Interface, Model, TypeKind, World, WorldItem, WorldItemKind,
};

/// One side of a comparison.
pub(super) struct View<'a> {
    pub model: &'a Model,
    pub index: Index<'a>,
    packages: SharedNames,
    /// The names of renamed worlds on the other side, by their full names.
    worlds: HashMap<&'a str, String>,
    interfaces: HashMap<String, &'a Interface>,
    imported: RefCell<HashMap<&'a str, Rc<Imported<'a>>>>,
}

/// The common name of an item of a world on both sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ItemName {
    /// An interface under its own name, with all versions that are compatible with its own.
    Interface(String),
    /// Anything under a plain name.
    Plain(String),
}

/// The items of a world by what they are linked by. One that stands for several versions of an interface has
/// the latest first.
pub(super) type Items<'a> = BTreeMap<(Direction, ItemName), Vec<&'a WorldItem>>;

/// The imports of a component that calls all functions that a world lets it call.
pub(super) struct Imported<'a> {
    /// The names of types, by the full names of what they are defined in.
    pub types: HashMap<&'a str, HashSet<&'a str>>,
    /// The interfaces, under their own names, that types are imported from.
    interfaces: HashSet<&'a str>,
}

impl<'a> View<'a> {
    pub fn of(model: &'a Model, packages: SharedNames) -> Self {
        let mut view = View {
            model,
            index: Index::of(model),
            packages,
            worlds: HashMap::new(),
            interfaces: HashMap::new(),
            imported: RefCell::default(),
        };
        for interface in model.interfaces() {
            let key = view.key(&interface.id);
            view.interfaces.insert(key, interface);
        }
        view
    }

    /// Calls worlds by the names that they have on the other side.
    pub fn rename_worlds(&mut self, names: impl Iterator<Item = (&'a World, String)>) {
        self.worlds.extend(names.map(|(world, name)| (&*world.id, name)));
    }

    /// Returns the common name of an interface or a world on both sides. It has no version for the own package, and the
    /// compatible versions for others, or the exact one if there are several.
    pub fn key(&self, id: &str) -> String {
        self.shared_name(id, |name| &name.version)
    }

    /// Returns the common name of an interface on both sides, with its compatible versions.
    pub fn line(&self, id: &str) -> String {
        self.shared_name(id, |name| &name.line)
    }

    fn shared_name(&self, id: &str, package_name: impl Fn(&SharedName) -> &String) -> String {
        let (path, place) = id.split_once('#').unwrap_or((id, ""));
        let Some(package) = self.index.package(path) else {
            return id.to_owned();
        };
        let with_version = path.rsplit('/').next().unwrap_or(path);
        let name = with_version.split('@').next().unwrap_or(with_version);
        let name = self.worlds.get(path).map_or(name, String::as_str);
        let package = self.packages.get(&package.id).map_or("", |name| package_name(name));
        let mut key = match package {
            "" => name.to_owned(),
            package => format!("{package}/{name}"),
        };
        if !place.is_empty() {
            key = format!("{key}#{place}");
        }
        key
    }

    /// Returns the common name of an interface's package on both sides, with its compatible versions.
    pub fn package_line(&self, id: &str) -> &str {
        let name = self.index.package(id).and_then(|package| self.packages.get(&package.id));
        name.map_or("", |name| &name.line)
    }

    /// The interface with a name that is called so.
    pub fn interface(&self, key: &str) -> Option<&'a Interface> {
        self.interfaces.get(key).copied()
    }

    /// Whether an interface or a world belongs to the package itself.
    pub fn is_own(&self, id: &str) -> bool {
        self.index
            .package(id)
            .is_some_and(|package| std::ptr::eq(package, self.model.package()))
    }

    /// The items of a world.
    pub fn items(&self, world: &'a World) -> Items<'a> {
        let mut items = Items::new();
        for (direction, item) in world.items() {
            items.entry((direction, self.item_name(item))).or_default().push(item);
        }
        let version = |item: &&WorldItem| Some(self.index.package(&item.name)?.version.clone());
        for versions in items.values_mut().filter(|versions| versions.len() > 1) {
            versions.sort_by_key(|item| Reverse(version(item)));
        }
        items
    }

    fn item_name(&self, item: &WorldItem) -> ItemName {
        match &item.kind {
            WorldItemKind::Interface(id) if !item.is_labelled() => {
                ItemName::Interface(self.line(id))
            }
            WorldItemKind::Function(function) => ItemName::Plain(function.component_name.clone()),
            _ => ItemName::Plain(item.name.clone()),
        }
    }

    /// Whether an item of a world is imported at all by a component that calls all functions that it may. An interface with
    /// types only is not imported unless something uses the types.
    pub fn is_imported(&self, world: &'a World, item: &WorldItem) -> bool {
        match &item.kind {
            WorldItemKind::Function(_) | WorldItemKind::Type(_) => true,
            WorldItemKind::Interface(id) => self.index.interface(id).is_some_and(|interface| {
                !interface.functions.is_empty()
                    || if item.is_labelled() {
                        has_resource(interface)
                    } else {
                        self.imported(world).interfaces.contains(&**id)
                    }
            }),
            WorldItemKind::Inline(interface) => {
                !interface.functions.is_empty() || has_resource(interface)
            }
        }
    }

    /// The imports of a component of a world.
    pub fn imported(&self, world: &'a World) -> Rc<Imported<'a>> {
        if let Some(imported) = self.imported.borrow().get(&*world.id) {
            return imported.clone();
        }
        let imported = Rc::new(self.find_imported(world));
        self.imported.borrow_mut().insert(&world.id, imported.clone());
        imported
    }

    fn find_imported(&self, world: &'a World) -> Imported<'a> {
        let latest = self.latest_imports(world);
        let exports = world.exports.iter();
        let exported: HashSet<&str> =
            exports.filter(|item| !item.is_labelled()).filter_map(interface_id).collect();
        let mut pending: Vec<Seen<'a>> = Vec::new();
        for (direction, item) in world.items() {
            match &item.kind {
                WorldItemKind::Function(function) => {
                    in_function(function, direction, None, &mut pending)
                }
                WorldItemKind::Type(def) => {
                    // A component imports the types of its world, whether or not it has use for them.
                    pending.push(Seen::new(&world.id, &def.name, Direction::Import, None));
                }
                WorldItemKind::Interface(id) => {
                    let is_replaced = direction == Direction::Import && latest.contains_key(&**id);
                    let interface = self.index.interface(id);
                    if let Some(interface) =
                        interface.filter(|_| !is_replaced || item.is_labelled())
                    {
                        in_interface(interface, direction, item.is_labelled(), &mut pending);
                    }
                }
                WorldItemKind::Inline(interface) => {
                    in_interface(interface, direction, true, &mut pending);
                }
            }
        }
        let called = world.imports.iter().filter_map(|item| {
            let id = interface_id(item)?;
            let interface = self.index.interface(id)?;
            let has_own_name =
                matches!(item.kind, WorldItemKind::Interface(_)) && !item.is_labelled();
            let is_there = if has_own_name {
                !interface.functions.is_empty() && !latest.contains_key(id)
            } else {
                !interface.functions.is_empty() || has_resource(interface)
            };
            is_there.then_some(id)
        });
        let mut instances: HashSet<&str> = called.collect();
        let mut visited = HashSet::new();
        let mut interfaces = HashSet::new();
        let mut queued = HashSet::new();
        while !pending.is_empty() {
            self.visit(
                &mut pending,
                &mut visited,
                &mut interfaces,
                &exported,
                &latest,
            );
            instances.extend(interfaces.iter().copied());
            // An interface that is imported and exported has the same types each time, and those that its types use.
            let shared = visited.iter().copied().filter(|seen: &Seen<'a>| {
                seen.direction == Direction::Export
                    && !seen.is_in_label()
                    && instances.contains(seen.owner)
            });
            let imported = shared.map(|seen| Seen {
                direction: Direction::Import,
                ..seen
            });
            pending = imported.filter(|seen| queued.insert(*seen)).collect();
        }
        let mut types: HashMap<&str, HashSet<&str>> = HashMap::new();
        for seen in visited.into_iter().filter(|seen| instances.contains(seen.owner)) {
            types.entry(seen.owner).or_default().insert(seen.name);
        }
        Imported { types, interfaces }
    }

    /// Visits types that are seen, and those that they name.
    fn visit(
        &self,
        pending: &mut Vec<Seen<'a>>,
        visited: &mut HashSet<Seen<'a>>,
        interfaces: &mut HashSet<&'a str>,
        exported: &HashSet<&str>,
        latest: &HashMap<&'a str, &'a str>,
    ) {
        while let Some(mut seen) = pending.pop() {
            if !seen.is_in_label() {
                if seen.direction == Direction::Export && !exported.contains(seen.owner) {
                    seen.direction = Direction::Import;
                }
                if seen.direction == Direction::Import {
                    seen.owner = latest.get(seen.owner).copied().unwrap_or(seen.owner);
                }
            }
            let Some(def) = self.index.type_def(seen.owner, seen.name) else {
                continue;
            };
            if !visited.insert(seen) {
                continue;
            }
            if seen.direction == Direction::Import && !seen.is_in_label() {
                interfaces.insert(seen.owner);
            }
            def.names(&mut |name| {
                let label = seen.label.filter(|label| **label == *name.owner);
                pending.push(Seen::new(&name.owner, &name.name, seen.direction, label));
            });
        }
    }

    /// The imported interfaces in place of which a component imports later versions.
    fn latest_imports(&self, world: &'a World) -> HashMap<&'a str, &'a str> {
        let items = self.items(world);
        let imports =
            items.into_iter().filter(|((direction, _), _)| *direction == Direction::Import);
        let replaced = imports.flat_map(|(_, versions)| {
            let latest = versions[0].name.as_str();
            versions.into_iter().skip(1).map(move |item| (item.name.as_str(), latest))
        });
        replaced.collect()
    }
}

/// The full name of the interface that an item is.
pub(super) fn interface_id(item: &WorldItem) -> Option<&str> {
    match &item.kind {
        WorldItemKind::Interface(id) => Some(id),
        WorldItemKind::Inline(interface) => Some(&interface.id),
        WorldItemKind::Function(_) | WorldItemKind::Type(_) => None,
    }
}

fn has_resource(interface: &Interface) -> bool {
    interface.types.iter().any(|def| matches!(def.kind, TypeKind::Resource))
}

/// A type that is seen, and whether through an import or an export.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Seen<'a> {
    owner: &'a str,
    name: &'a str,
    direction: Direction,
    /// The interface under a plain name in which it is seen. Its types are its own.
    label: Option<&'a str>,
}

impl<'a> Seen<'a> {
    fn new(owner: &'a str, name: &'a str, direction: Direction, label: Option<&'a str>) -> Self {
        Seen {
            owner,
            name,
            direction,
            label,
        }
    }

    fn is_in_label(self) -> bool {
        self.label == Some(self.owner)
    }
}

fn in_function<'a>(
    function: &'a Function,
    direction: Direction,
    label: Option<&'a str>,
    pending: &mut Vec<Seen<'a>>,
) {
    function.names(&mut |name| pending.push(Seen::new(&name.owner, &name.name, direction, label)));
    if let Some(resource) = function.resource() {
        pending.push(Seen::new(&resource.owner, &resource.name, direction, label));
    }
}

/// The types of an interface that are seen at once.
fn in_interface<'a>(
    interface: &'a Interface,
    direction: Direction,
    is_labelled: bool,
    pending: &mut Vec<Seen<'a>>,
) {
    let label = is_labelled.then_some(&*interface.id);
    for function in &interface.functions {
        in_function(function, direction, label, pending);
    }
    for def in &interface.types {
        // A component may drop a handle to any resource that it imports.
        if direction == Direction::Export || matches!(def.kind, TypeKind::Resource) {
            pending.push(Seen::new(&interface.id, &def.name, direction, label));
        }
    }
}
