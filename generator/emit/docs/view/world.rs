//! The page of a world.

use std::collections::{HashMap, HashSet};

use askama::Template;
use heck::ToSnakeCase;

use super::abi::Abi;
use super::example::ExampleView;
use super::interface::Body;
use super::item::Scope;
use super::{Badges, Facts, Link, Views, external_id, indented};
use crate::emit::docs::code::{Code, Writer};
use crate::emit::docs::prose::continues_a_paragraph;
use crate::model::function::by_resource;
use crate::model::{
    Direction, Include, Interface, Package, TypeDef, TypeKind, World, WorldItem, WorldItemKind,
};

/// A world as its page shows it.
#[derive(Template)]
#[template(path = "docs/world.md", escape = "none")]
pub(in super::super) struct WorldView {
    id: String,
    name: String,
    /// `wasi:http/proxy`, as `--world` takes it.
    argument: String,
    /// The module of its glue.
    module: String,
    package: Link,
    facts: Facts,
    docs: String,
    example: Option<ExampleView>,
    includes: Vec<IncludeView>,
    adds: Vec<Row>,
    lists: [List; 2],
    body: Body,
    inline: Vec<InlineView>,
    wit: WorldWit,
    abi: Abi,
}

/// A world that is included.
struct IncludeView {
    world: Link,
    renames: Vec<(String, String)>,
    badges: Badges,
}

/// The imports or exports of the world.
struct List {
    direction: &'static str,
    rows: Vec<Row>,
}

/// An import or an export.
struct Row {
    direction: &'static str,
    item: Link,
    /// `func` or `type`; nothing for an interface.
    kind: &'static str,
    badges: Badges,
    /// The first sentence of what it is.
    summary: String,
    /// The whole documentation at the import or export of an interface.
    docs: String,
    /// Whether that may stand close to the name.
    is_close: bool,
    /// The included world that it comes from.
    from: Option<Link>,
    /// The identifier by which a host may look it up.
    external_id: Option<String>,
}

/// An interface that is written out in the world.
struct InlineView {
    anchor: String,
    name: String,
    facts: Facts,
    docs: String,
    example: Option<ExampleView>,
    body: Body,
}

/// The world as WIT, with everything that it includes.
#[derive(Template)]
#[template(path = "docs/world_wit.md", escape = "none")]
struct WorldWit {
    name: String,
    items: Vec<Code>,
}

impl<'a> Views<'_, '_, 'a> {
    pub(in super::super) fn world(
        &self,
        page: usize,
        package: &'a Package,
        world: &'a World,
    ) -> WorldView {
        let scope = Scope {
            page,
            package,
            owner: &world.id,
            level: 3,
        };
        let context = scope.context(world.position.as_ref());
        let origins = self.origins(world);
        let row = |(direction, item)| self.row(scope, world, &origins, direction, item);
        let all = || world.items().filter(|(_, item)| !is_brought_in(item));
        let is_added = |(direction, item): &(Direction, &WorldItem)| {
            !origins.contains_key(&(*direction, item.name.as_str()))
        };
        let in_direction = |wanted| all().filter(move |(direction, _)| *direction == wanted);
        let types = || world.items().filter_map(|(_, item)| own_type(item));
        let functions = world.items().filter_map(|(direction, item)| match &item.kind {
            WorldItemKind::Function(function) => Some((Some(direction), &**function)),
            _ => None,
        });
        let inline = world.items().filter_map(|(direction, item)| {
            let interface = item.inline_interface()?;
            let is_here = interface.id.starts_with(&format!("{}#", world.id));
            is_here.then(|| self.inline(scope, direction, item, interface))
        });
        WorldView {
            id: world.id.to_string(),
            name: world.name.clone(),
            argument: world.id.split('@').next().unwrap_or(&world.id).to_owned(),
            module: world.name.to_snake_case(),
            package: Link {
                text: package.id.clone(),
                href: self.site.href_of_package(page, package),
            },
            facts: Facts {
                kind: "",
                is_async: false,
                badges: Badges::of(&world.stability),
                external_id: None,
                source: self.source(page, world.position.as_ref()),
            },
            docs: self.prose.block(&world.docs, &context, 2, &world.name),
            example: self.example(package, &world.name.to_lowercase()),
            includes: self.includes(page, package, world),
            adds: if world.includes.is_empty() {
                Vec::new()
            } else {
                all().filter(is_added).map(row).collect()
            },
            lists: [Direction::Import, Direction::Export].map(|direction| List {
                direction: direction.name(),
                rows: in_direction(direction).map(row).collect(),
            }),
            body: Body {
                uses: self.uses(scope, types()),
                items: self.items(scope, types().collect(), functions.collect()),
                has_contents: false,
                marks: String::new(),
            },
            inline: inline.collect(),
            wit: self.world_wit(page, package, world),
            abi: Abi::of(self.site, world),
        }
    }

    fn includes(&self, page: usize, package: &'a Package, world: &'a World) -> Vec<IncludeView> {
        let view = |include: &'a Include| IncludeView {
            world: match self.site.index.included(world, include) {
                Some(world) => self.link_to(page, package, &world.id),
                None => Link {
                    text: include.world.clone(),
                    href: None,
                },
            },
            renames: include
                .renames
                .iter()
                .map(|rename| (rename.from.clone(), rename.to.clone()))
                .collect(),
            badges: Badges::of(&include.stability),
        };
        world.includes.iter().map(view).collect()
    }

    /// The included world that each item comes from.
    fn origins(&self, world: &'a World) -> HashMap<(Direction, &'a str), &'a World> {
        let mut origins = HashMap::new();
        for include in &world.includes {
            let Some(included) = self.site.index.included(world, include) else {
                continue;
            };
            for (direction, item) in included.items() {
                let mut renames = include.renames.iter().filter(|rename| rename.from == item.name);
                let name = renames.next().map_or(&item.name, |rename| &rename.to);
                origins.entry((direction, name.as_str())).or_insert(included);
            }
        }
        origins
    }

    fn row(
        &self,
        scope: Scope<'a>,
        world: &'a World,
        origins: &HashMap<(Direction, &'a str), &'a World>,
        direction: Direction,
        item: &'a WorldItem,
    ) -> Row {
        let (page, package) = (scope.page, scope.package);
        let own = |name: &str, path: &str| self.link(page, name, &world.id, path);
        let (kind, link, docs) = match &item.kind {
            WorldItemKind::Interface(id) => {
                let mut link = self.link_to(page, package, id);
                if **id != *item.name {
                    link.text = format!("{}: {}", item.name, link.text);
                }
                let interface = self.site.interface(id);
                let docs = interface.map_or(&None, |interface| &interface.docs);
                ("", link, docs)
            }
            WorldItemKind::Inline(interface) => {
                let link = self.link(page, &item.name, &interface.id, "");
                ("", link, &interface.docs)
            }
            WorldItemKind::Function(function) => {
                let home = self.site.home(&world.id).expect("every world has a home");
                let link = own(&function.path(), &home.path_of_function(function));
                ("func", link, &function.docs)
            }
            WorldItemKind::Type(def) => {
                let home = self.site.home(&world.id).expect("every world has a home");
                ("type", own(&item.name, &home.type_path(def)), &def.docs)
            }
        };
        // The documentation at the import is more specific here than that of the interface.
        let at_import = match &item.kind {
            WorldItemKind::Interface(_) => &item.docs,
            _ => &None,
        };
        let context = scope.context(item.position.as_ref());
        let words = item.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let label = format!("{}.{}.{words}", world.name, direction.name());
        let block = self.prose.block(at_import, &context, 3, &label);
        let summary = self.prose.line(if at_import.is_some() { at_import } else { docs });
        let from = origins.get(&(direction, item.name.as_str()));
        Row {
            direction: direction.name(),
            item: link,
            kind,
            badges: Badges::of(&item.stability),
            summary,
            is_close: continues_a_paragraph(&block),
            docs: indented(&block, 2),
            from: from.map(|world| self.link_to(page, package, &world.id)),
            external_id: external_id(&item.external_id),
        }
    }

    fn inline(
        &self,
        scope: Scope<'a>,
        direction: Direction,
        item: &'a WorldItem,
        interface: &'a Interface,
    ) -> InlineView {
        let inner = Scope {
            owner: &interface.id,
            level: 4,
            ..scope
        };
        let home = self.site.home(&interface.id).expect("it is written here");
        let anchor = home.own_anchor().to_owned();
        let context = inner.context(interface.position.as_ref());
        let docs = if interface.docs.is_some() {
            &interface.docs
        } else {
            &item.docs
        };
        InlineView {
            name: interface.name.clone(),
            facts: Facts {
                kind: match direction {
                    Direction::Import => "Imported",
                    Direction::Export => "Exported",
                },
                is_async: false,
                badges: Badges::of(&item.stability),
                external_id: external_id(&item.external_id),
                source: self.source(scope.page, item.position.as_ref()),
            },
            docs: self.prose.block(docs, &context, 4, &anchor),
            example: self.example(scope.package, &anchor),
            body: self.body(inner, interface),
            anchor,
        }
    }

    fn world_wit(&self, page: usize, package: &'a Package, world: &'a World) -> WorldWit {
        let writer = || Writer::new(self.site, page);
        let functions = world.items().filter_map(|(_, item)| match &item.kind {
            WorldItemKind::Function(function) => Some(&**function),
            _ => None,
        });
        let of_resources = by_resource(functions);
        let mut done = HashSet::new();
        let mut codes = Vec::new();
        for (direction, item) in world.items() {
            let word = direction.name();
            let code = match &item.kind {
                WorldItemKind::Interface(id) => {
                    let name = (**id != *item.name).then_some(&item.name);
                    writer().interface(
                        word,
                        name.map(String::as_str),
                        id,
                        &self.short_name(package, id),
                    )
                }
                WorldItemKind::Inline(interface) => writer().inline(word, &item.name, interface),
                WorldItemKind::Function(function) if function.resource().is_some() => continue,
                WorldItemKind::Function(function) => writer().world_function(word, function),
                WorldItemKind::Type(def) if !done.insert(&def.name) => continue,
                WorldItemKind::Type(def) => {
                    let own = of_resources.get(def.name.as_str()).map_or(&[][..], Vec::as_slice);
                    let used = match &def.kind {
                        TypeKind::Use(used) => self.short_name(package, &used.owner),
                        _ => String::new(),
                    };
                    writer().whole_type(def, &used, own)
                }
            };
            codes.push(code.indented(2));
        }
        WorldWit {
            name: world.name.clone(),
            items: codes,
        }
    }
}

/// A type of the world itself.
fn own_type(item: &WorldItem) -> Option<&TypeDef> {
    match &item.kind {
        WorldItemKind::Type(def) => Some(def),
        _ => None,
    }
}

/// Whether an item is in a world only because another one needs it, and has its own place on the page: types of other
/// interfaces, and functions of the world's resources.
fn is_brought_in(item: &WorldItem) -> bool {
    match &item.kind {
        WorldItemKind::Type(def) => matches!(def.kind, TypeKind::Use(_)),
        WorldItemKind::Function(function) => function.resource().is_some(),
        WorldItemKind::Interface(_) | WorldItemKind::Inline(_) => false,
    }
}
