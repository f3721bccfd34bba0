//! The normal form of a world or a package: WIT with everything that it reaches, sorted, without
//! documentation, in which neither order nor layout of the source shows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use askama::Template;
use semver::Version;

use crate::model::display::{WriteWit, write_item, write_type_def};
use crate::model::function::by_resource;
use crate::model::keyword::escaped;
use crate::model::{
    Direction, Function, FunctionKind, Index, Interface, Package, Stability, TypeDef, TypeKind,
    TypeName, World, WorldItem, WorldItemKind,
};

/// The normal form.
#[derive(Template)]
#[template(path = "golden/normal.wit", escape = "none")]
pub(super) struct NormalForm<'a> {
    package: String,
    own: Members<'a>,
    others: Vec<(String, Members<'a>)>,
}

/// What of a package is shown.
#[derive(Default, Template)]
#[template(path = "golden/members.wit", escape = "none")]
struct Members<'a> {
    interfaces: Vec<Body<'a>>,
    worlds: Vec<Body<'a>>,
}

/// An interface or a world.
#[derive(Template)]
#[template(path = "golden/body.wit", escape = "none")]
struct Body<'a> {
    gates: Gates<'a>,
    /// `interface`, `world`, or `import name: interface` for one that is written out in a world.
    head: String,
    items: Vec<Item<'a>>,
}

/// Something in an interface or a world.
enum Item<'a> {
    Use(Use<'a>),
    Named(Named<'a>),
    Interface(Import<'a>),
    Inline(Body<'a>),
}

impl fmt::Display for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Use(item) => item.fmt(f),
            Item::Named(item) => item.fmt(f),
            Item::Interface(item) => item.fmt(f),
            Item::Inline(item) => item.fmt(f),
        }
    }
}

/// A type that is taken from elsewhere.
#[derive(Template)]
#[template(path = "golden/use.wit", escape = "none")]
struct Use<'a> {
    gates: Gates<'a>,
    owner: Cow<'a, str>,
    name: Cow<'a, str>,
    other_name: Option<Cow<'a, str>>,
}

/// A function, or the definition of a type.
#[derive(Template)]
#[template(path = "golden/item.wit", escape = "none")]
struct Named<'a> {
    gates: Gates<'a>,
    direction: Option<&'static str>,
    text: String,
    /// Whether it ends in braces.
    is_block: bool,
    /// A resource's.
    functions: Vec<Named<'a>>,
}

/// An interface that a world imports or exports.
#[derive(Template)]
#[template(path = "golden/import.wit", escape = "none")]
struct Import<'a> {
    gates: Gates<'a>,
    direction: &'static str,
    name: Option<Cow<'a, str>>,
    interface: Cow<'a, str>,
}

/// Attributes of an item.
#[derive(Template)]
#[template(path = "golden/gates.wit", escape = "none")]
struct Gates<'a> {
    since: Option<&'a Version>,
    feature: Option<&'a str>,
    deprecated: Option<&'a Version>,
    external_id: Option<String>,
}

impl<'a> NormalForm<'a> {
    /// A world and the interfaces that it reaches.
    pub fn of_world(index: &Index<'a>, package: &'a Package, world: &'a World) -> Self {
        let interfaces = reached(index, world);
        Self::of(index, package, interfaces, vec![world])
    }

    /// A package: its worlds, its interfaces, and what these reach.
    pub fn of_package(index: &Index<'a>, package: &'a Package) -> Self {
        let mut interfaces = BTreeSet::new();
        for interface in &package.interfaces {
            reach(index, &interface.id, &mut interfaces);
        }
        for world in &package.worlds {
            interfaces.extend(reached(index, world));
        }
        Self::of(index, package, interfaces, package.worlds.iter().collect())
    }

    fn of(
        index: &Index<'a>,
        package: &'a Package,
        interfaces: BTreeSet<&'a str>,
        worlds: Vec<&'a World>,
    ) -> Self {
        let mut packages: BTreeMap<&str, (String, Members<'_>)> = BTreeMap::new();
        for id in interfaces {
            let (Some(interface), Some(home)) = (index.interface(id), index.package(id)) else {
                continue;
            };
            let body = Writer::new(index, home).interface(interface);
            let (_, members) = packages
                .entry(&home.id)
                .or_insert_with(|| (package_name(home), Members::default()));
            members.interfaces.push(body);
        }
        let own = packages.remove(package.id.as_str());
        let mut own = own.map(|(_, members)| members).unwrap_or_default();
        let mut worlds = worlds;
        worlds.sort_by_key(|world| &world.name);
        let writer = Writer::new(index, package);
        own.worlds = worlds.iter().map(|world| writer.world(world)).collect();
        NormalForm {
            package: package_name(package),
            own,
            others: packages.into_values().collect(),
        }
    }
}

/// The name of a package as WIT writes it: `a:%async@1.0.0`.
fn package_name(package: &Package) -> String {
    let (namespace, name) = (escaped(&package.namespace), escaped(&package.name));
    format!("{namespace}:{name}{}", package.version_suffix())
}

/// The interfaces with a name that a world reaches, by full name.
pub(super) fn reached<'a>(index: &Index<'a>, world: &'a World) -> BTreeSet<&'a str> {
    let mut interfaces = BTreeSet::new();
    for (_, item) in world.items() {
        for id in reached_from(item) {
            reach(index, id, &mut interfaces);
        }
    }
    interfaces
}

/// The interfaces that an item is, or takes types from.
fn reached_from(item: &WorldItem) -> Vec<&str> {
    match &item.kind {
        WorldItemKind::Interface(id) => vec![id],
        WorldItemKind::Inline(interface) => used(&interface.types).collect(),
        WorldItemKind::Type(def) => used(std::slice::from_ref(&**def)).collect(),
        WorldItemKind::Function(_) => Vec::new(),
    }
}

fn reach<'a>(index: &Index<'a>, id: &'a str, reached: &mut BTreeSet<&'a str>) {
    let mut pending = vec![id];
    while let Some(id) = pending.pop() {
        if let Some(interface) = index.interface(id)
            && reached.insert(id)
        {
            pending.extend(used(&interface.types));
        }
    }
}

/// The interfaces that types are taken from.
fn used(types: &[TypeDef]) -> impl Iterator<Item = &str> {
    types.iter().filter_map(|def| match &def.kind {
        TypeKind::Use(name) => Some(&*name.owner),
        _ => None,
    })
}

/// Writes the items of one package.
struct Writer<'i, 'a> {
    index: &'i Index<'a>,
    package: &'a Package,
}

impl<'i, 'a> Writer<'i, 'a> {
    fn new(index: &'i Index<'a>, package: &'a Package) -> Self {
        Writer { index, package }
    }

    fn interface(&self, interface: &'a Interface) -> Body<'a> {
        Body {
            gates: Gates::of(&interface.stability, None),
            head: format!("interface {}", escaped(&interface.name)),
            items: self.members(interface),
        }
    }

    fn members(&self, interface: &'a Interface) -> Vec<Item<'a>> {
        let functions = interface.functions.iter();
        let mut items = self.types(interface.types.iter(), by_resource(functions.clone()));
        let mut free: Vec<_> = functions.filter(|function| function.resource().is_none()).collect();
        free.sort_by_key(|function| &function.name);
        let free = free.into_iter().map(|f| Item::Named(Named::of_function(f)));
        items.extend(free);
        items
    }

    /// Types with what belongs to them: those that are taken from elsewhere first.
    fn types(
        &self,
        types: impl Iterator<Item = &'a TypeDef>,
        mut functions: HashMap<&str, Vec<&'a Function>>,
    ) -> Vec<Item<'a>> {
        let mut types: Vec<_> = types.collect();
        types.sort_by_key(|def| match &def.kind {
            TypeKind::Use(used) => (false, &*used.owner, &def.name),
            _ => (true, "", &def.name),
        });
        let items = types.into_iter().map(|def| match &def.kind {
            TypeKind::Use(used) => Item::Use(self.taken(def, used)),
            _ => {
                let own = functions.remove(def.name.as_str()).unwrap_or_default();
                Item::Named(Named::of_type(def, own))
            }
        });
        items.collect()
    }

    fn taken(&self, def: &'a TypeDef, used: &'a TypeName) -> Use<'a> {
        Use {
            gates: Gates::of(&def.stability, def.external_id.as_deref()),
            owner: self.written(&used.owner),
            name: escaped(&used.name),
            other_name: (used.name != def.name).then(|| escaped(&def.name)),
        }
    }

    fn world(&self, world: &'a World) -> Body<'a> {
        let types = world.items().filter_map(|(_, item)| match &item.kind {
            WorldItemKind::Type(def) => Some(&**def),
            _ => None,
        });
        let functions = world.items().filter_map(|(_, item)| match &item.kind {
            WorldItemKind::Function(function) => Some(&**function),
            _ => None,
        });
        let mut items = self.types(types, by_resource(functions));
        let mut others: Vec<_> = world
            .items()
            .filter_map(|(direction, item)| {
                let shown = self.world_item(direction, item)?;
                Some(((direction, item.name.as_str()), shown))
            })
            .collect();
        others.sort_by_key(|(key, _)| *key);
        items.extend(others.into_iter().map(|(_, item)| item));
        Body {
            gates: Gates::of(&world.stability, None),
            head: format!("world {}", escaped(&world.name)),
            items,
        }
    }

    /// An import or an export, unless it is a type or belongs to one.
    fn world_item(&self, direction: Direction, item: &'a WorldItem) -> Option<Item<'a>> {
        let gates = Gates::of(&item.stability, item.external_id.as_deref());
        Some(match &item.kind {
            WorldItemKind::Type(_) => return None,
            WorldItemKind::Function(function) if function.resource().is_some() => return None,
            WorldItemKind::Function(function) => Item::Named(Named {
                direction: Some(direction.name()),
                ..Named::of_function(function)
            }),
            WorldItemKind::Interface(id) => Item::Interface(Import {
                gates,
                direction: direction.name(),
                name: (item.name != **id).then(|| escaped(&item.name)),
                interface: self.written(id),
            }),
            WorldItemKind::Inline(interface) => Item::Inline(Body {
                gates,
                head: format!("{} {}: interface", direction.name(), escaped(&item.name)),
                items: self.members(interface),
            }),
        })
    }

    /// An interface as WIT names it in this package: `types`, else `wasi:clocks/types@0.3.2`.
    fn written(&self, id: &'a str) -> Cow<'a, str> {
        match (self.index.package(id), self.index.interface(id)) {
            (Some(home), Some(interface)) if home.id == self.package.id => escaped(&interface.name),
            (Some(home), Some(interface)) => {
                let version = home.version_suffix();
                let (namespace, name) = (escaped(&home.namespace), escaped(&home.name));
                let interface = escaped(&interface.name);
                format!("{namespace}:{name}/{interface}{version}").into()
            }
            _ => id.into(),
        }
    }
}

impl<'a> Named<'a> {
    fn of_function(function: &'a Function) -> Self {
        let mut text = Text::default();
        write_item(function, false, &mut text).expect("a string takes everything");
        Named {
            gates: Gates::of(&function.stability, function.external_id.as_deref()),
            direction: None,
            text: text.0,
            is_block: false,
            functions: Vec::new(),
        }
    }

    /// A type; `own` are the functions of a resource.
    fn of_type(def: &'a TypeDef, mut own: Vec<&'a Function>) -> Self {
        let mut text = Text::default();
        write_type_def(def, &mut text).expect("a string takes everything");
        own.sort_by_key(|function| {
            let is_constructor = matches!(function.kind, FunctionKind::Constructor(_));
            (!is_constructor, &function.component_name)
        });
        Named {
            gates: Gates::of(&def.stability, def.external_id.as_deref()),
            direction: None,
            text: text.0,
            is_block: !matches!(def.kind, TypeKind::Alias(_) | TypeKind::Resource),
            functions: own.into_iter().map(Named::of_function).collect(),
        }
    }
}

impl<'a> Gates<'a> {
    fn of(stability: &'a Stability, external_id: Option<&str>) -> Self {
        let mut gates = Gates {
            since: None,
            feature: None,
            deprecated: None,
            external_id: external_id.map(quoted),
        };
        match stability {
            Stability::Unknown => {}
            Stability::Stable { since, deprecated } => {
                gates.since = Some(since);
                gates.deprecated = deprecated.as_ref();
            }
            Stability::Unstable {
                feature,
                deprecated,
            } => {
                gates.feature = Some(feature);
                gates.deprecated = deprecated.as_ref();
            }
        }
        gates
    }
}

/// A string as WIT's literals have it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./: ".contains(c);
    let chars = text.chars().map(|c| {
        if plain(c) {
            c.to_string()
        } else {
            c.escape_unicode().to_string()
        }
    });
    chars.collect()
}

/// WIT in which a name stands as it is called where it is used.
#[derive(Default)]
struct Text(String);

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        Ok(())
    }
}

impl WriteWit for Text {
    fn write_name(&mut self, name: &TypeName) -> fmt::Result {
        self.0.push_str(&escaped(&name.name));
        Ok(())
    }
}
