//! The index: what a package is, its worlds and interfaces, its chains, its terms.

use std::collections::{BTreeMap, HashMap, HashSet};

use askama::Template;

use super::item::Scope;
use super::{Badges, Link, Views, package_context};
use crate::emit::docs::chain::{Chain, Hop, Member, chains};
use crate::emit::docs::diagram::{Diagram, Step};
use crate::emit::docs::lookup::Context;
use crate::emit::docs::options::Changes;
use crate::model::{Direction, Interface, Package, Position, World, WorldItemKind};

/// The most cells of the table of worlds and interfaces.
const MAX_CELLS: usize = 10_000;

/// The index of a package.
#[derive(Template)]
#[template(path = "docs/index.md", escape = "none")]
pub(in super::super) struct IndexView {
    id: String,
    docs: String,
    worlds: Vec<Entry>,
    interfaces: Vec<Entry>,
    matrix: Matrix,
    chains: Vec<ChainView>,
    glossary: Vec<TermView>,
    changes: Option<Changes>,
    dependencies: Vec<Link>,
}

/// A world or an interface in a line.
struct Entry {
    link: Link,
    badges: Badges,
    summary: String,
}

/// Worlds against interfaces.
struct Matrix {
    worlds: Vec<Link>,
    rows: Vec<MatrixRow>,
}

struct MatrixRow {
    interface: Link,
    /// `import`, `export`, `both` or `–`, a cell a world.
    cells: Vec<&'static str>,
}

/// A chain as a diagram and in words.
struct ChainView {
    front: Link,
    members: Vec<MemberView>,
    /// The file of the diagram, in the folder of the page.
    picture: String,
}

struct MemberView {
    world: Link,
    /// The plain name, for the diagram.
    name: String,
    hops: Vec<Link>,
    sides: Vec<Link>,
}

struct TermView {
    name: String,
    definition: String,
    place: Link,
}

impl IndexView {
    /// Returns the diagrams of the page, with the names of their files.
    pub fn pictures(&self) -> Vec<(String, String)> {
        let picture = |chain: &ChainView| (chain.picture.clone(), chain.diagram().render());
        self.chains.iter().map(picture).collect()
    }
}

impl ChainView {
    fn diagram(&self) -> Diagram {
        let labels = |links: &[Link]| {
            let labels: Vec<_> = links.iter().map(|link| link.text.as_str()).collect();
            labels.join(", ")
        };
        let members = self.members.iter().map(|member| Step {
            name: member.name.clone(),
            next: labels(&member.hops),
            side: labels(&member.sides),
        });
        Diagram {
            front: self.front.text.clone(),
            members: members.collect(),
        }
    }
}

impl<'a> Views<'_, '_, 'a> {
    pub(in super::super) fn index(&self, page: usize, package: &'a Package) -> IndexView {
        let context = package_context(page, page, package);
        let others = self.site.model.packages.iter().skip(1);
        let is_own = std::ptr::eq(package, self.site.model.package());
        IndexView {
            id: package.id.clone(),
            docs: self.prose.block(&package.docs, &context, 2, &package.name),
            worlds: package
                .worlds
                .iter()
                .map(|world| self.world_entry(page, package, world))
                .collect(),
            interfaces: package
                .interfaces
                .iter()
                .map(|interface| self.interface_entry(page, package, interface))
                .collect(),
            matrix: self.matrix(page, package),
            chains: chains(self.site, package)
                .iter()
                .enumerate()
                .map(|(at, chain)| self.chain(page, package, at, chain))
                .collect(),
            glossary: self.glossary(page, package),
            changes: self.site.options.changes.clone().filter(|_| is_own),
            // Only the package itself is known to need all the others.
            dependencies: if is_own {
                others.map(|other| self.link_to_package(page, other)).collect()
            } else {
                Vec::new()
            },
        }
    }

    fn link_to_package(&self, page: usize, package: &Package) -> Link {
        Link {
            text: package.id.clone(),
            href: self.site.href_of_package(page, package),
        }
    }

    fn world_entry(&self, page: usize, package: &'a Package, world: &'a World) -> Entry {
        Entry {
            link: self.link_to(page, package, &world.id),
            badges: Badges::of(&world.stability),
            summary: self.prose.line(&world.docs),
        }
    }

    fn interface_entry(
        &self,
        page: usize,
        package: &'a Package,
        interface: &'a Interface,
    ) -> Entry {
        Entry {
            link: self.link_to(page, package, &interface.id),
            badges: Badges::of(&interface.stability),
            summary: self.prose.line(&interface.docs),
        }
    }

    /// The context of something whose page is another than the index.
    fn context(
        &self,
        page: usize,
        package: &'a Package,
        owner: &'a str,
        position: Option<&'a Position>,
    ) -> Context<'a> {
        let scope = Scope {
            page,
            package,
            owner,
            level: 2,
        };
        let mut context = scope.context(position);
        context.home_page = self.site.page_of(owner).unwrap_or(page);
        context
    }

    /// Every interface that a world of the package imports or exports, the package's own first. Nothing
    /// if the table would be too large to be read.
    fn matrix(&self, page: usize, package: &'a Package) -> Matrix {
        let mut cells: BTreeMap<(bool, usize, &str), Vec<&'static str>> = BTreeMap::new();
        let count = package.worlds.len();
        let items = package.worlds.iter().flat_map(World::items);
        let interfaces = items.filter(|(_, item)| matches!(item.kind, WorldItemKind::Interface(_)));
        let names: HashSet<_> = interfaces.map(|(_, item)| &item.name).collect();
        if count * (package.interfaces.len() + names.len()) > MAX_CELLS {
            return Matrix {
                worlds: Vec::new(),
                rows: Vec::new(),
            };
        }
        let own = package.interfaces.iter().enumerate();
        let own: HashMap<&str, usize> = own.map(|(at, interface)| (&*interface.id, at)).collect();
        let place = |id: &'a str| {
            let at = own.get(id).copied();
            (at.is_none(), at.unwrap_or_default(), id)
        };
        for interface in &package.interfaces {
            cells.insert(place(&interface.id), vec!["–"; count]);
        }
        for (at, world) in package.worlds.iter().enumerate() {
            for (direction, item) in world.items() {
                let WorldItemKind::Interface(id) = &item.kind else {
                    continue;
                };
                let row = cells.entry(place(id)).or_insert_with(|| vec!["–"; count]);
                row[at] = match (row[at], direction) {
                    ("–", direction) => direction.name(),
                    ("import", Direction::Export) | ("export", Direction::Import) => "both",
                    (same, _) => same,
                };
            }
        }
        let rows = cells.into_iter().map(|((_, _, id), cells)| MatrixRow {
            interface: self.link_to(page, package, id),
            cells,
        });
        let worlds = package.worlds.iter();
        Matrix {
            worlds: worlds.map(|world| self.link_to(page, package, &world.id)).collect(),
            rows: rows.collect(),
        }
    }

    fn chain(&self, page: usize, package: &'a Package, at: usize, chain: &Chain<'a>) -> ChainView {
        let link = |hop: &Hop<'a>| {
            let link = self.link_to(page, package, hop.interface);
            if hop.name == hop.interface {
                return link;
            }
            Link {
                text: hop.name.to_owned(),
                ..link
            }
        };
        let view = |member: &Member<'a>| MemberView {
            world: self.link_to(page, package, &member.world.id),
            name: member.world.name.clone(),
            hops: member.hops.iter().map(link).collect(),
            sides: member.sides.iter().map(link).collect(),
        };
        ChainView {
            front: self.link_to(page, package, chain.front),
            members: chain.middles.iter().chain(&chain.ends).map(view).collect(),
            picture: match at {
                0 => "chain.svg".to_owned(),
                _ => format!("chain-{}.svg", at + 1),
            },
        }
    }

    /// The terms that the package's documentation defines, in the order of the alphabet.
    fn glossary(&self, page: usize, package: &'a Package) -> Vec<TermView> {
        let mut terms = Vec::new();
        let of_package = package_context(page, page, package);
        self.terms(&mut terms, &package.docs, &of_package, || {
            self.link_to_package(page, package)
        });
        for world in &package.worlds {
            let context = self.context(page, package, &world.id, world.position.as_ref());
            self.terms(&mut terms, &world.docs, &context, || {
                self.link_to(page, package, &world.id)
            });
        }
        for interface in &package.interfaces {
            self.terms_of(&mut terms, page, package, interface);
        }
        terms.sort_by_cached_key(|term| (term.name.to_lowercase(), term.place.text.clone()));
        terms
    }

    fn terms_of(
        &self,
        found: &mut Vec<TermView>,
        page: usize,
        package: &'a Package,
        interface: &'a Interface,
    ) {
        let context = self.context(page, package, &interface.id, interface.position.as_ref());
        self.terms(found, &interface.docs, &context, || {
            self.link_to(page, package, &interface.id)
        });
        let home = self.site.home(&interface.id).expect("every interface has a home");
        let item = |name: &str, path: &str| {
            let text = format!("{}.{name}", interface.name);
            self.link(page, &text, &interface.id, path)
        };
        for def in &interface.types {
            let mut context = context;
            context.ty = Some(&def.name);
            self.terms(found, &def.docs, &context, || {
                item(&def.name, &home.type_path(def))
            });
        }
        for function in &interface.functions {
            let mut context = context;
            context.function = Some(function);
            let path = home.path_of_function(function);
            self.terms(found, &function.docs, &context, || {
                item(&function.path(), &path)
            });
        }
    }

    fn terms(
        &self,
        found: &mut Vec<TermView>,
        docs: &Option<String>,
        context: &Context<'a>,
        place: impl Fn() -> Link,
    ) {
        let terms = self.prose.terms(docs, context).into_iter();
        found.extend(terms.map(|term| TermView {
            name: term.name,
            definition: term.definition,
            place: place(),
        }));
    }
}
