//! The dependencies between types, interfaces, worlds and packages, before wit-parser resolves them.

use std::collections::HashMap;

use wit_parser::{
    AstItem, Handle, InterfaceId, PackageName, Resolve, Span, Type, TypeDef, TypeDefKind, TypeId,
    TypeOwner, UnresolvedPackage, UnresolvedPackageGroup, WorldId, WorldItem,
};

use crate::parts::parts;

/// Items, and those that they depend on, by their numbers.
///
/// An item of another package has a stand-in in each package that uses it.
#[derive(Default)]
pub(crate) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// The worlds, except stand-ins.
    pub(super) worlds: Vec<usize>,
    pub(super) includes: Vec<Include>,
    packages: HashMap<&'a PackageName, usize>,
    owners: HashMap<(&'a PackageName, &'a str), usize>,
    types: HashMap<(usize, &'a str), usize>,
    stand_ins: Vec<StandIn<'a>>,
    groups: usize,
}

/// An `include` of a world.
pub(super) struct Include {
    pub world: usize,
    pub included: usize,
    /// How many items it renames.
    pub renames: usize,
}

/// An item.
pub(super) struct Node<'a> {
    pub kind: Kind,
    /// Its name; none for a type without one.
    pub name: Option<Name<'a>>,
    pub group: usize,
    pub span: Span,
    /// How many types and functions an interface has, or how many items of its own a world has, and one for itself.
    pub size: usize,
    /// Its dependencies: the parts of a type; the interfaces from which an interface uses types; the includes, imports and
    /// exports of a world; the packages that a package uses.
    pub uses: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Package,
    Interface,
    World,
    Type,
    /// An item of another package.
    StandIn,
}

#[derive(Clone, Copy)]
pub(super) enum Name<'a> {
    Plain(&'a str),
    Package(&'a PackageName),
}

/// A stand-in, and what it stands for.
enum StandIn<'a> {
    Package(usize, &'a PackageName),
    /// An interface or a world.
    Owner(usize, &'a PackageName, &'a str),
    /// A type, the stand-in of its interface, and its name.
    Type(usize, usize, &'a str),
}

/// Where the items of a package begin.
struct Base {
    interfaces: usize,
    worlds: usize,
    types: usize,
}

impl Base {
    fn interface(&self, id: InterfaceId) -> usize {
        self.interfaces + id.index()
    }

    fn world(&self, id: WorldId) -> usize {
        self.worlds + id.index()
    }

    fn ty(&self, id: TypeId) -> usize {
        self.types + id.index()
    }
}

impl<'a> Graph<'a> {
    /// Returns the graph of a package's text, the texts of its dependencies, and dependencies that are resolved.
    pub fn of(groups: &[&'a UnresolvedPackageGroup], resolved: &'a Resolve) -> Self {
        let mut graph = Graph::default();
        for group in groups {
            for package in group.nested.iter().chain([&group.main]) {
                graph.add_unresolved(package);
            }
            graph.groups += 1;
        }
        graph.add_resolved(resolved);
        graph.connect();
        graph
    }

    /// Returns the graph of packages that are resolved.
    pub fn of_resolved(resolve: &'a Resolve) -> Self {
        let mut graph = Graph::default();
        graph.add_resolved(resolve);
        graph.connect();
        graph
    }

    fn add_unresolved(&mut self, package: &'a UnresolvedPackage) {
        let own = self.push(
            Kind::Package,
            Some(Name::Package(&package.name)),
            Span::default(),
        );
        self.packages.insert(&package.name, own);
        let base = self.base(package.interfaces.len(), package.worlds.len());
        for (_, interface) in package.interfaces.iter() {
            let name = interface.name.as_deref().map(Name::Plain);
            let at = self.push(Kind::Interface, name, interface.span);
            self.nodes[at].size = 1 + interface.types.len() + interface.functions.len();
        }
        for (_, world) in package.worlds.iter() {
            let at = self.push(Kind::World, Some(Name::Plain(&world.name)), world.span);
            self.nodes[at].size = 1;
        }
        for (_, ty) in package.types.iter() {
            self.push_type(ty, &base);
        }
        // Only now, because types refer to interfaces, and worlds to both.
        self.connect_interfaces(package.types.iter(), |id| &package.types[id], &base);
        for (name, items) in &package.foreign_deps {
            let at = self.push(Kind::StandIn, None, Span::default());
            self.nodes[own].uses.push(at);
            self.stand_ins.push(StandIn::Package(at, name));
            for (item, (id, _)) in items {
                let at = match id {
                    AstItem::Interface(id) => base.interface(*id),
                    AstItem::World(id) => base.world(*id),
                };
                self.nodes[at].kind = Kind::StandIn;
                self.stand_ins.push(StandIn::Owner(at, name, item));
            }
        }
        for (id, ty) in package.types.iter() {
            if let (TypeDefKind::Unknown, TypeOwner::Interface(owner), Some(name)) =
                (&ty.kind, ty.owner, &ty.name)
            {
                let at = base.ty(id);
                self.nodes[at].kind = Kind::StandIn;
                self.stand_ins.push(StandIn::Type(at, base.interface(owner), name));
            }
        }
        for (id, interface) in package.interfaces.iter() {
            let at = base.interface(id);
            if let (Kind::Interface, Some(name)) = (self.nodes[at].kind, &interface.name) {
                self.owners.insert((&package.name, name), at);
                let types = interface.types.iter();
                self.types.extend(types.map(|(name, id)| ((at, name.as_str()), base.ty(*id))));
            }
        }
        for (id, world) in package.worlds.iter() {
            let at = base.world(id);
            if self.nodes[at].kind == Kind::StandIn {
                continue;
            }
            self.owners.insert((&package.name, &world.name), at);
            self.worlds.push(at);
            let items = world.imports.values().chain(world.exports.values());
            self.add_items(at, items, |id| &package.types[id], &base);
            for include in &world.includes {
                let included = base.world(include.id);
                self.nodes[at].uses.push(included);
                self.includes.push(Include {
                    world: at,
                    included,
                    renames: include.names.len(),
                });
            }
        }
    }

    fn add_resolved(&mut self, resolve: &'a Resolve) {
        let packages = self.nodes.len();
        for (_, package) in resolve.packages.iter() {
            let at = self.push(
                Kind::Package,
                Some(Name::Package(&package.name)),
                Span::default(),
            );
            self.packages.insert(&package.name, at);
        }
        for (id, _) in resolve.packages.iter() {
            let uses = resolve.package_direct_deps(id).map(|used| packages + used.index());
            self.nodes[packages + id.index()].uses.extend(uses);
        }
        let base = self.base(resolve.interfaces.len(), resolve.worlds.len());
        for (_, interface) in resolve.interfaces.iter() {
            let name = interface.name.as_deref().map(Name::Plain);
            let at = self.push(Kind::Interface, name, interface.span);
            self.nodes[at].size = 1 + interface.types.len() + interface.functions.len();
        }
        for (_, world) in resolve.worlds.iter() {
            let at = self.push(Kind::World, Some(Name::Plain(&world.name)), world.span);
            self.nodes[at].size = 1;
        }
        for (_, ty) in resolve.types.iter() {
            self.push_type(ty, &base);
        }
        self.connect_interfaces(resolve.types.iter(), |id| &resolve.types[id], &base);
        for (_, package) in resolve.packages.iter() {
            for (name, id) in &package.interfaces {
                let at = base.interface(*id);
                self.owners.insert((&package.name, name), at);
                let types = resolve.interfaces[*id].types.iter();
                self.types.extend(types.map(|(name, id)| ((at, name.as_str()), base.ty(*id))));
            }
            for (name, id) in &package.worlds {
                self.owners.insert((&package.name, name), base.world(*id));
            }
        }
        for (id, world) in resolve.worlds.iter() {
            let items = world.imports.values().chain(world.exports.values());
            self.add_items(base.world(id), items, |id| &resolve.types[id], &base);
        }
    }

    /// Adds what a world imports and exports.
    fn add_items<'w>(
        &mut self,
        world: usize,
        items: impl Iterator<Item = &'w WorldItem>,
        definition: impl Fn(TypeId) -> &'a TypeDef,
        base: &Base,
    ) {
        for item in items {
            self.nodes[world].size += 1;
            let interface = match item {
                WorldItem::Interface { id, .. } => Some(*id),
                WorldItem::Type { id, .. } => match definition(*id).kind {
                    TypeDefKind::Type(Type::Id(used)) => match definition(used).owner {
                        TypeOwner::Interface(id) => Some(id),
                        TypeOwner::World(_) | TypeOwner::None => None,
                    },
                    _ => None,
                },
                WorldItem::Function(_) => None,
            };
            self.nodes[world].uses.extend(interface.map(|id| base.interface(id)));
        }
    }

    /// Connects interfaces with those that they take types from.
    fn connect_interfaces(
        &mut self,
        types: impl Iterator<Item = (TypeId, &'a TypeDef)>,
        definition: impl Fn(TypeId) -> &'a TypeDef,
        base: &Base,
    ) {
        for (_, ty) in types {
            if let (TypeOwner::Interface(own), TypeDefKind::Type(Type::Id(used))) =
                (ty.owner, &ty.kind)
                && let TypeOwner::Interface(other) = definition(*used).owner
                && other != own
            {
                self.nodes[base.interface(own)].uses.push(base.interface(other));
            }
        }
    }

    fn push_type(&mut self, ty: &'a TypeDef, base: &Base) {
        let at = self.push(Kind::Type, ty.name.as_deref().map(Name::Plain), ty.span);
        let resource = match &ty.kind {
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => Some(Type::Id(*id)),
            _ => None,
        };
        let uses = parts(&ty.kind).into_iter().chain(resource).filter_map(|part| match part {
            Type::Id(id) => Some(base.ty(id)),
            _ => None,
        });
        self.nodes[at].uses = uses.collect();
    }

    fn push(&mut self, kind: Kind, name: Option<Name<'a>>, span: Span) -> usize {
        self.nodes.push(Node {
            kind,
            name,
            group: self.groups,
            span,
            size: 0,
            uses: Vec::new(),
        });
        self.nodes.len() - 1
    }

    fn base(&self, interfaces: usize, worlds: usize) -> Base {
        let first = self.nodes.len();
        Base {
            interfaces: first,
            worlds: first + interfaces,
            types: first + interfaces + worlds,
        }
    }

    /// Connects stand-ins with their targets. wit-parser reports targets that don't exist.
    fn connect(&mut self) {
        let mut meant = HashMap::new();
        for stand_in in std::mem::take(&mut self.stand_ins) {
            let (at, used) = match stand_in {
                StandIn::Package(at, name) => (at, self.packages.get(name).copied()),
                StandIn::Owner(at, package, name) => {
                    let owner = self.owners.get(&(package, name)).copied();
                    meant.extend(owner.map(|owner| (at, owner)));
                    (at, owner)
                }
                // Those of a package's interfaces come before those of its types.
                StandIn::Type(at, owner, name) => {
                    let owner = meant.get(&owner);
                    (
                        at,
                        owner.and_then(|owner| self.types.get(&(*owner, name)).copied()),
                    )
                }
            };
            self.nodes[at].uses.extend(used);
        }
    }
}
