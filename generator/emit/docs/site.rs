//! Which page every item stands on, under which anchor, and how one page links to another.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::super::file_names::file_names;
use super::Options;
use super::anchors::{clashes, member_paths, world_function_path};
use super::home::{Home, Owner, address, key};
use crate::model::{
    Direction, Index, Interface, Model, Package, TypeDef, TypeName, World, WorldItemKind,
};

/// The index's file, which code hosts show with its folder.
pub(super) const INDEX: &str = "README.md";

/// The pages, and where each item stands.
pub(super) struct Site<'a> {
    pub model: &'a Model,
    pub index: Index<'a>,
    pub options: &'a Options,
    pub pages: Vec<Page<'a>>,
    homes: HashMap<&'a str, Home<'a>>,
    /// The index pages of packages, by full name.
    indexes: HashMap<&'a str, usize>,
    /// The possible targets of links in documentation, collected on first use.
    targets: OnceLock<Targets>,
}

/// The targets of links.
struct Targets {
    /// Pages by their paths.
    pages: HashMap<String, usize>,
    /// The anchors of pages.
    anchors: HashSet<(usize, String)>,
}

/// A page to write.
pub(super) struct Page<'a> {
    /// From the output directory, with `/`.
    pub path: String,
    pub subject: Subject<'a>,
}

/// The subject of a page.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    Package(&'a Package),
    World(&'a Package, &'a World),
    Interface(&'a Package, &'a Interface),
}

impl<'a> Site<'a> {
    pub fn of(model: &'a Model, options: &'a Options) -> Self {
        let mut site = Site {
            model,
            index: Index::of(model),
            options,
            pages: Vec::new(),
            homes: HashMap::new(),
            indexes: HashMap::new(),
            targets: OnceLock::new(),
        };
        for (at, package) in model.packages.iter().enumerate() {
            let folder = match at {
                0 => Some(String::new()),
                _ => options.dependencies.then(|| folder_of(package)),
            };
            site.package(package, folder.as_deref());
        }
        site
    }

    /// Gives a package its pages, in a folder if it has any.
    fn package(&mut self, package: &'a Package, folder: Option<&str>) {
        if let Some(folder) = folder {
            self.indexes.insert(&package.id, self.pages.len());
            self.page(format!("{folder}{INDEX}"), Subject::Package(package));
        }
        let names = file_names(package.worlds.iter().map(|world| world.name.as_str()));
        for (world, name) in package.worlds.iter().zip(names) {
            let page = folder.map(|folder| {
                let path = format!("{folder}worlds/{name}.md");
                self.page(path, Subject::World(package, world))
            });
            self.world(package, world, page);
        }
        let names = file_names(package.interfaces.iter().map(|i| i.name.as_str()));
        for (interface, name) in package.interfaces.iter().zip(names) {
            let page = folder.map(|folder| {
                let path = format!("{folder}interfaces/{name}.md");
                self.page(path, Subject::Interface(package, interface))
            });
            let home = Home::of_interface(
                package,
                Owner::Interface(interface),
                page,
                interface.name.to_lowercase(),
            );
            self.homes.insert(&interface.id, home);
        }
    }

    fn page(&mut self, path: String, subject: Subject<'a>) -> usize {
        self.pages.push(Page { path, subject });
        self.pages.len() - 1
    }

    fn world(&mut self, package: &'a Package, world: &'a World, page: Option<usize>) {
        let name = world.name.to_lowercase();
        let mut home = Home {
            package,
            owner: Owner::World(world),
            page,
            prefix: name.clone(),
            types: HashMap::new(),
            functions: HashMap::new(),
            exported: HashSet::new(),
            clashes: HashMap::new(),
        };
        let mut paths = Vec::new();
        for (direction, item) in world.items() {
            match &item.kind {
                WorldItemKind::Type(def) => {
                    home.types.insert(&def.name, def);
                    let path = format!("import.{}", def.name);
                    paths.extend(member_paths(def, &path));
                    paths.push(path);
                }
                WorldItemKind::Function(function) => {
                    home.functions.insert(key(function), function);
                    if direction == Direction::Export {
                        home.exported.insert(address(function));
                    }
                    paths.push(world_function_path(direction, function));
                }
                WorldItemKind::Inline(interface) => {
                    // One that was included stands where it was written.
                    let written_here = format!("{}#", world.id);
                    if interface.id.starts_with(&written_here) {
                        let place = format!("{}.{}", direction.name(), interface.name);
                        paths.push(place.clone());
                        let prefix = format!("{name}.{}", place.to_lowercase());
                        let owner = Owner::Inline(interface);
                        let home = Home::of_interface(package, owner, page, prefix);
                        self.homes.insert(&interface.id, home);
                    }
                }
                WorldItemKind::Interface(_) => {}
            }
        }
        home.clashes = clashes(paths);
        self.homes.insert(&world.id, home);
    }

    /// The home of an interface or a world, by its full name.
    pub fn home(&self, id: &str) -> Option<&Home<'a>> {
        self.homes.get(id)
    }

    /// Returns the homes of the package itself, without those of its dependencies, in no order.
    pub fn own_homes(&self) -> impl Iterator<Item = &Home<'a>> {
        let own = &self.model.package().id;
        self.homes.values().filter(move |home| home.package.id == *own)
    }

    /// Returns the interface of a full name.
    pub fn interface(&self, id: &str) -> Option<&'a Interface> {
        self.index.interface(id)
    }

    /// Follows every `use` in front of a name, as [`Index::definition`] does.
    pub fn definition(&self, name: &TypeName) -> Option<(&'a str, &'a TypeDef)> {
        let (owner, def) = self.index.definition(name)?;
        Some((owner, def))
    }

    /// An interface or a world as WIT names it where another stands: `types` in the same package,
    /// else `wasi:clocks/types@0.3.2`.
    pub fn written(&self, from: &str, id: &str) -> String {
        match (self.home(from), self.home(id)) {
            (Some(from), Some(home)) if from.package.id == home.package.id => {
                home.owner.name().to_owned()
            }
            _ => id.to_owned(),
        }
    }

    /// The page of an interface or a world, if it has one.
    pub fn page_of(&self, id: &str) -> Option<usize> {
        self.home(id)?.page
    }

    /// The link from a page to an item: an interface's or world's own with an empty path.
    pub fn href(&self, from: usize, owner: &str, path: &str) -> Option<String> {
        let home = self.home(owner)?;
        let Some(page) = home.page else {
            return self.external_url(home, path);
        };
        let mut href = self.between(from, page);
        match (home.owner, path) {
            (Owner::Inline(_), "") => {
                href.push('#');
                href.push_str(&home.prefix);
            }
            // A page has no link to itself as a whole.
            (_, "") if from == page => return None,
            (_, "") => {}
            (_, path) => {
                href.push('#');
                href.push_str(&home.anchor(path));
            }
        }
        Some(href)
    }

    /// The link from a page to the definition that a name stands for.
    pub fn href_of_type(&self, from: usize, name: &TypeName) -> Option<String> {
        let (owner, def) = self.definition(name)?;
        self.href(from, owner, &self.home(owner)?.type_path(def))
    }

    /// The link from a page to the index of a package.
    pub fn href_of_package(&self, from: usize, package: &Package) -> Option<String> {
        match self.indexes.get(package.id.as_str()) {
            Some(page) if *page == from => None,
            Some(page) => Some(self.between(from, *page)),
            None => self.url(package, "", ""),
        }
    }

    fn external_url(&self, home: &Home<'a>, path: &str) -> Option<String> {
        let page = match home.owner {
            Owner::Interface(interface) => &interface.name,
            Owner::World(world) => &world.name,
            Owner::Inline(_) => home.prefix.split('.').next().unwrap_or_default(),
        };
        let anchor = match path {
            "" => String::new(),
            path => home.anchor(path),
        };
        self.url(home.package, page, &anchor)
    }

    fn url(&self, package: &Package, page: &str, anchor: &str) -> Option<String> {
        let version = package.version.as_ref().map(ToString::to_string);
        let template = &self.options.dependency_url;
        let pattern = match &version {
            Some(_) => template.clone(),
            // A package without a version has no address with one.
            None => template.replace("@{version}", ""),
        };
        let url = pattern
            .replace("{namespace}", &package.namespace)
            .replace("{name}", &package.name)
            .replace("{version}", version.as_deref().unwrap_or_default())
            .replace("{page}", page)
            .replace("{anchor}", anchor);
        (!url.is_empty()).then_some(url)
    }

    /// The relative link from one page to another; nothing from a page to itself.
    pub fn between(&self, from: usize, to: usize) -> String {
        if from == to {
            return String::new();
        }
        relative(&self.pages[from].path, &self.pages[to].path)
    }

    /// The page that a relative link of another leads to.
    pub fn page_at(&self, from: usize, link: &str) -> Option<usize> {
        let mut parts: Vec<&str> = self.pages[from].path.split('/').collect();
        parts.pop();
        for part in link.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        self.targets().pages.get(&parts.join("/")).copied()
    }

    /// Whether a page has an item under an anchor.
    pub fn has_anchor(&self, page: usize, anchor: &str) -> bool {
        self.targets().anchors.contains(&(page, anchor.to_owned()))
    }

    fn targets(&self) -> &Targets {
        self.targets.get_or_init(|| {
            let pages = self.pages.iter().enumerate();
            let homes = self.homes.values().filter_map(|home| Some((home.page?, home)));
            Targets {
                pages: pages.map(|(at, page)| (page.path.clone(), at)).collect(),
                anchors: homes
                    .flat_map(|(page, home)| home.anchors().map(move |anchor| (page, anchor)))
                    .collect(),
            }
        })
    }
}

/// The folder of a dependency's pages.
fn folder_of(package: &Package) -> String {
    let version = package.version_suffix();
    format!("deps/{}/{}{version}/", package.namespace, package.name)
}

/// The relative path from one file to another.
pub(super) fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').collect();
    let to: Vec<&str> = to.split('/').collect();
    let folders = from.len().min(to.len()) - 1;
    let common = (0..folders).take_while(|at| from[*at] == to[*at]).count();
    let up = std::iter::repeat_n("..", from.len() - 1 - common);
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}
