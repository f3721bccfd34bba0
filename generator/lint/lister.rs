//! Lists the items of a package, with their places in the text.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::entry::Entry;
use super::subject::{Subject, WrittenItem, package_name};
use super::text::File;
use crate::model::{
    Function, Index, Interface, Item, Model, Package, Position, Stability, TypeDef, World,
    WorldItemKind,
};

impl<'a> Subject<'a> {
    /// Reads the files of a package, and lists its items.
    pub fn of(model: &'a Model) -> Self {
        let package = model.package();
        let mut files: Vec<File> =
            model.sources.values().map(|source| File::new(source.clone())).collect();
        let interfaces = package.interfaces.iter().map(|i| &i.position);
        let worlds = package.worlds.iter().map(|world| &world.position);
        let positions = interfaces.chain(worlds).flatten();
        let own: HashSet<_> = positions.map(Position::path).collect();
        files.retain(|file| {
            own.contains(file.source.path()) || package_name(file, package).is_some()
        });
        let numbers = files.iter().enumerate().map(|(at, file)| (file.source.path().clone(), at));
        let mut subject = Subject {
            model,
            index: Index::of(model),
            numbers: numbers.collect(),
            names: files.iter().map(|_| Vec::new()).collect(),
            files,
            entries: Vec::new(),
            docs_findings: OnceCell::new(),
        };
        let mut lister = Lister {
            subject: &subject,
            entries: Vec::new(),
        };
        lister.package(package, subject.header(package));
        subject.entries = lister.entries;
        subject.name_everything();
        subject
    }
}

/// Lists the items of a package.
struct Lister<'s, 'a> {
    subject: &'s Subject<'a>,
    entries: Vec<Entry<'a>>,
}

impl<'a> Lister<'_, 'a> {
    fn package(&mut self, package: &'a Package, position: Option<Position>) {
        self.entries.push(Entry {
            path: format!("{}:{}", package.namespace, package.name),
            item: Item::Package(package),
            docs: &package.docs,
            stability: &Stability::Unknown,
            position,
            direction: None,
            within: None,
        });
        for interface in &package.interfaces {
            let position = self.subject.own(&interface.position);
            self.interface(interface.name.clone(), interface, None, position);
        }
        for world in &package.worlds {
            self.world(world);
        }
    }

    fn interface(
        &mut self,
        path: String,
        interface: &'a Interface,
        within: Option<usize>,
        position: Option<Position>,
    ) {
        let at = self.entries.len();
        self.entries.push(Entry {
            path: path.clone(),
            item: Item::Interface(interface),
            docs: &interface.docs,
            stability: &interface.stability,
            position,
            direction: None,
            within,
        });
        let mut types: HashMap<&str, usize> = HashMap::new();
        for def in &interface.types {
            types.insert(&def.name, self.entries.len());
            self.type_def(&path, def, at);
        }
        for function in &interface.functions {
            // A resource contains its functions.
            let resource = function.resource().and_then(|resource| types.get(&*resource.name));
            self.function(&path, function, resource.copied().unwrap_or(at));
        }
    }

    fn type_def(&mut self, path: &str, def: &'a TypeDef, within: usize) {
        self.entries.push(Entry {
            path: format!("{path}.{}", def.name),
            item: Item::Type(def),
            docs: &def.docs,
            stability: &def.stability,
            position: self.subject.own(&def.position),
            direction: None,
            within: Some(within),
        });
    }

    fn function(&mut self, path: &str, function: &'a Function, within: usize) {
        self.entries.push(Entry {
            path: format!("{path}.{}", function.path()),
            item: Item::Function(function),
            docs: &function.docs,
            stability: &function.stability,
            position: self.subject.own(&function.position),
            direction: None,
            within: Some(within),
        });
    }

    /// A world, and what is written in it; what it includes stands elsewhere.
    fn world(&mut self, world: &'a World) {
        let at = self.entries.len();
        let position = self.subject.own(&world.position);
        let written = self.subject.written(world, position.as_ref());
        self.entries.push(Entry {
            path: world.name.clone(),
            item: Item::World(world),
            docs: &world.docs,
            stability: &world.stability,
            position,
            direction: None,
            within: None,
        });
        for written in written {
            let WrittenItem {
                direction,
                item,
                position,
            } = written;
            let path = format!("{}.{}", world.name, self.subject.plain_name(item));
            match &item.kind {
                WorldItemKind::Inline(interface) => {
                    self.interface(path, interface, Some(at), position);
                }
                WorldItemKind::Interface(_) => self.entries.push(Entry {
                    path,
                    item: Item::WorldItem(item),
                    docs: &item.docs,
                    stability: &item.stability,
                    position,
                    direction: Some(direction),
                    within: Some(at),
                }),
                WorldItemKind::Function(function) => {
                    self.function(&world.name, function, at);
                }
                WorldItemKind::Type(def) => self.type_def(&world.name, def, at),
            }
        }
    }
}
