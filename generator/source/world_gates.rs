//! Gates of the interfaces that worlds import and export, independent of the order of the source.
//!
//! wit-parser adds the interfaces that an import or an export needs, with the gate of the first item that needs them. Then it
//! ignores a later `import` of such an interface: its gate, its documentation and its `@external-id`. Here, an `import` or an
//! `export` keeps all of these, and an import exists as soon as any item needs it: its gate is the widest of its own and
//! theirs.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use semver::Version;
use wit_parser::{
    AstItem, Docs, InterfaceId, PackageName, Resolve, Stability, Type, TypeDefKind, TypeId,
    TypeOwner, UnresolvedPackage, World, WorldId, WorldItem, WorldKey,
};

/// The imports and exports in the text of worlds, by package and world.
pub(super) type WrittenWorlds = BTreeMap<(PackageName, String), WrittenWorld>;

/// The text of a world.
#[derive(Default)]
pub(super) struct WrittenWorld {
    imports: Vec<(InterfaceName, Written)>,
    exports: Vec<(InterfaceName, Written)>,
    includes: Vec<(PackageName, String, Stability)>,
}

/// An interface by its package and its own name.
type InterfaceName = (PackageName, String);

/// The gate, documentation and identifier of an `import` or an `export` of an interface.
#[derive(Clone, Default)]
struct Written {
    stability: Stability,
    docs: Docs,
    external_id: Option<String>,
}

/// Adds what is written in the worlds of a package.
pub(super) fn collect(package: &UnresolvedPackage, worlds: &mut WrittenWorlds) {
    let foreign = Foreign::of(package);
    let interface_name = |id: InterfaceId| match foreign.interfaces.get(&id) {
        Some((package, name)) => Some(((*package).clone(), (*name).to_owned())),
        None => Some((package.name.clone(), package.interfaces[id].name.clone()?)),
    };
    let items = |items: &wit_parser::IndexMap<WorldKey, WorldItem>| -> Vec<_> {
        let interfaces = items.iter().filter_map(|(key, item)| match key {
            WorldKey::Interface(id) => Some((interface_name(*id)?, Written::of(item)?)),
            WorldKey::Name(_) => None,
        });
        interfaces.collect()
    };
    for (id, world) in package.worlds.iter() {
        // The arena also contains stubs of foreign worlds.
        if foreign.worlds.contains_key(&id) {
            continue;
        }
        let includes = world.includes.iter().map(|include| {
            let (package, name) = match foreign.worlds.get(&include.id) {
                Some((package, name)) => (*package, *name),
                None => (&package.name, package.worlds[include.id].name.as_str()),
            };
            (package.clone(), name.to_owned(), include.stability.clone())
        });
        let written = WrittenWorld {
            imports: items(&world.imports),
            exports: items(&world.exports),
            includes: includes.collect(),
        };
        worlds.insert((package.name.clone(), world.name.clone()), written);
    }
}

/// The items that a package takes from others, with the packages and names of these.
pub(super) struct Foreign<'a> {
    pub interfaces: HashMap<InterfaceId, (&'a PackageName, &'a str)>,
    pub worlds: HashMap<WorldId, (&'a PackageName, &'a str)>,
}

impl<'a> Foreign<'a> {
    pub fn of(package: &'a UnresolvedPackage) -> Self {
        let mut foreign = Foreign {
            interfaces: HashMap::new(),
            worlds: HashMap::new(),
        };
        for (package, items) in &package.foreign_deps {
            for (name, (item, _)) in items {
                let place = (package, name.as_str());
                match item {
                    AstItem::Interface(id) => _ = foreign.interfaces.insert(*id, place),
                    AstItem::World(id) => _ = foreign.worlds.insert(*id, place),
                }
            }
        }
        foreign
    }
}

impl Written {
    fn of(item: &WorldItem) -> Option<Self> {
        match item {
            WorldItem::Interface {
                stability,
                docs,
                external_id,
                ..
            } => Some(Written {
                stability: stability.clone(),
                docs: docs.clone(),
                external_id: external_id.clone(),
            }),
            _ => None,
        }
    }
}

/// Gives the imports and exports of all worlds their gates; the items of a world without text are as they were
/// encoded.
pub(super) fn apply(resolve: &mut Resolve, worlds: &WrittenWorlds) {
    let mut settled = Settled {
        resolve: &*resolve,
        worlds,
        interfaces: names(resolve, |package| &package.interfaces),
        world_ids: names(resolve, |package| &package.worlds),
        done: HashMap::new(),
    };
    for (id, _) in resolve.worlds.iter() {
        settled.settle(id);
    }
    let done = settled.done;
    for (id, items) in done {
        let world = &mut resolve.worlds[id];
        replace(&mut world.imports, items.imports);
        replace(&mut world.exports, items.exports);
    }
}

fn names<T: Copy>(
    resolve: &Resolve,
    items: impl Fn(&wit_parser::Package) -> &wit_parser::IndexMap<String, T>,
) -> HashMap<(PackageName, String), T> {
    let packages = resolve.packages.iter().flat_map(|(_, package)| {
        let named = items(package).iter();
        named.map(|(name, item)| ((package.name.clone(), name.clone()), *item))
    });
    packages.collect()
}

fn replace(items: &mut wit_parser::IndexMap<WorldKey, WorldItem>, written: Items) {
    for (id, new) in written {
        if let Some(WorldItem::Interface {
            stability,
            docs,
            external_id,
            ..
        }) = items.get_mut(&WorldKey::Interface(id))
        {
            *stability = new.stability;
            *docs = new.docs;
            *external_id = new.external_id;
        }
    }
}

/// Interfaces that a world imports or exports by their own names.
type Items = HashMap<InterfaceId, Written>;

/// The imports and exports of a world.
#[derive(Clone, Default)]
struct WorldItems {
    imports: Items,
    exports: Items,
}

/// The worlds whose items are known, those that others include before these.
struct Settled<'a> {
    resolve: &'a Resolve,
    worlds: &'a WrittenWorlds,
    interfaces: HashMap<InterfaceName, InterfaceId>,
    world_ids: HashMap<(PackageName, String), WorldId>,
    done: HashMap<WorldId, WorldItems>,
}

impl Settled<'_> {
    fn settle(&mut self, id: WorldId) {
        // WIT has no cycles of worlds.
        if self.done.contains_key(&id) {
            return;
        }
        let resolve = self.resolve;
        let world = &resolve.worlds[id];
        let mut items = self.named(id, world);
        items.imports = self.imports(world, &items);
        self.done.insert(id, items);
    }

    /// Returns what a world's own text and its `include`s name.
    fn named(&mut self, id: WorldId, world: &World) -> WorldItems {
        let worlds = self.worlds;
        let package = world.package.map(|package| &self.resolve.packages[package].name);
        let key = package.map(|package| (package.clone(), world.name.clone()));
        let Some(written) = key.and_then(|key| worlds.get(&key)) else {
            return WorldItems {
                imports: encoded(&world.imports),
                exports: encoded(&world.exports),
            };
        };
        let mut items = WorldItems {
            imports: self.active(&written.imports),
            exports: self.active(&written.exports),
        };
        for (package, name, stability) in &written.includes {
            let included = self.world_ids.get(&(package.clone(), name.clone())).copied();
            let Some(included) = included.filter(|it| *it != id && self.is_active(stability))
            else {
                continue;
            };
            self.settle(included);
            let is_external = self.resolve.worlds[included].package != world.package;
            let inner = &self.done[&included];
            include(&mut items.imports, &inner.imports, is_external);
            include(&mut items.exports, &inner.exports, is_external);
        }
        items
    }

    fn active(&self, written: &[(InterfaceName, Written)]) -> Items {
        let active = written.iter().filter(|(_, written)| self.is_active(&written.stability));
        active
            .filter_map(|(name, written)| Some((*self.interfaces.get(name)?, written.clone())))
            .collect()
    }

    fn is_active(&self, stability: &Stability) -> bool {
        match stability {
            Stability::Unstable { feature, .. } => {
                self.resolve.all_features || self.resolve.features.contains(feature)
            }
            Stability::Unknown | Stability::Stable { .. } => true,
        }
    }

    /// Returns the imports of a world, with those that are needed and that nothing names.
    fn imports(&self, world: &World, named: &WorldItems) -> Items {
        let resolve = self.resolve;
        // An item that needs other interfaces, and its gate.
        let mut needs: Vec<(InterfaceId, &Stability)> = Vec::new();
        for (key, item) in &world.imports {
            match (key, item) {
                (WorldKey::Name(_), WorldItem::Interface { id, stability, .. }) => {
                    needs.extend(needs_of(resolve, *id).map(|dep| (dep, stability)));
                }
                (_, WorldItem::Type { id, .. }) => {
                    let stability = &resolve.types[*id].stability;
                    needs.extend(interface_of(resolve, *id).map(|dep| (dep, stability)));
                }
                _ => {}
            }
        }
        for (id, written) in &named.imports {
            let deps = needs_of(resolve, *id);
            needs.extend(deps.map(|dep| (dep, &written.stability)));
        }
        for (key, item) in &world.exports {
            let WorldItem::Interface { id, stability, .. } = item else {
                continue;
            };
            let stability = match key {
                WorldKey::Interface(id) => {
                    named.exports.get(id).map_or(stability, |it| &it.stability)
                }
                WorldKey::Name(_) => stability,
            };
            // An export takes types from another export, if there is one of that interface.
            let deps = needs_of(resolve, *id);
            let imported =
                deps.filter(|dep| !world.exports.contains_key(&WorldKey::Interface(*dep)));
            needs.extend(imported.map(|dep| (dep, stability)));
        }
        let mut imports = named.imports.clone();
        // An interface must be visited first by the import or export with the widest gate.
        needs.sort_by(|(_, a), (_, b)| width(a).cmp(&width(b)));
        let mut implied: HashMap<InterfaceId, &Stability> = HashMap::new();
        for (id, stability) in needs {
            let mut pending = vec![id];
            while let Some(id) = pending.pop() {
                if let Entry::Vacant(entry) = implied.entry(id) {
                    entry.insert(stability);
                    pending.extend(needs_of(resolve, id));
                }
            }
        }
        for (id, stability) in implied {
            let import = imports.entry(id).or_insert_with(|| Written {
                stability: stability.clone(),
                ..Written::default()
            });
            // Of two equal gates, the one at the `import` holds: it may deprecate it.
            if width(stability).0 < width(&import.stability).0 {
                import.stability = stability.clone();
            }
        }
        imports
    }
}

/// Returns the interfaces that the types of an interface are taken from.
fn needs_of(resolve: &Resolve, id: InterfaceId) -> impl Iterator<Item = InterfaceId> + '_ {
    let types = resolve.interfaces[id].types.values();
    types.filter_map(|ty| interface_of(resolve, *ty))
}

/// Returns the interface that a type is used from. In a decoded package, it may also be a world.
fn interface_of(resolve: &Resolve, id: TypeId) -> Option<InterfaceId> {
    let def = &resolve.types[id];
    let TypeDefKind::Type(Type::Id(other)) = def.kind else {
        return None;
    };
    match resolve.types[other].owner {
        owner if owner == def.owner => None,
        TypeOwner::Interface(interface) => Some(interface),
        TypeOwner::World(_) | TypeOwner::None => None,
    }
}

fn encoded(items: &wit_parser::IndexMap<WorldKey, WorldItem>) -> Items {
    let interfaces = items.iter().filter_map(|(key, item)| match key {
        WorldKey::Interface(id) => Some((*id, Written::of(item)?)),
        WorldKey::Name(_) => None,
    });
    interfaces.collect()
}

/// Adds the items of an included world. As in wit-parser, versions of another package's gates mean nothing here,
/// and of two gates one may be missing.
fn include(items: &mut Items, included: &Items, is_external: bool) {
    for (id, from) in included {
        let into = items.entry(*id).or_insert_with(|| from.clone());
        let is_wider = into.stability.is_unknown()
            || (!from.stability.is_unknown() && width(&from.stability) < width(&into.stability));
        if is_external && from.stability.is_stable() {
            into.stability = Stability::Unknown;
        } else if is_wider {
            into.stability = from.stability.clone();
        }
    }
}

/// The key for comparing gates: the gate, then its deprecation.
type Width<'a> = (
    (u8, Option<&'a Version>, &'a str),
    Option<Reverse<&'a Version>>,
);

/// Returns what a gate is compared by; the widest is the least. None is the widest, of two versions the earlier
/// one, and of two equal gates the one that is deprecated later or not at all.
fn width(stability: &Stability) -> Width<'_> {
    let (gate, deprecated) = match stability {
        Stability::Unknown => ((0, None, ""), &None),
        Stability::Stable { since, deprecated } => ((1, Some(since), ""), deprecated),
        Stability::Unstable {
            feature,
            deprecated,
        } => ((2, None, feature.as_str()), deprecated),
    };
    (gate, deprecated.as_ref().map(Reverse))
}
