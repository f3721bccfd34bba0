//! The names of a package and its dependencies: where each is defined, and what each means.
//!
//! It reads syntax trees, so it works for texts with mistakes.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::document::{Document, bytes};
use super::file::{File, path_of};
use super::nodes::{
    alias, child, children, compact, defined_name, node_at, scope, text_of, token_range, used,
};
use crate::syntax::{SyntaxKind, SyntaxNode};

/// The target of a name: `wasi:http@0.3.2/types.request`.
pub(super) type Key = String;

/// Where something is defined.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub key: Key,
    pub name: String,
    /// The syntax of its definition.
    pub kind: SyntaxKind,
    /// The position of the file in the index.
    pub file: usize,
    /// The bytes of the name, and of all that defines it.
    pub name_range: Range<usize>,
    pub range: Range<usize>,
}

/// How many links a name is followed over. More are a circle.
const MAX_LINKS: usize = 100;

/// The names of files.
pub(super) struct Index {
    pub files: Vec<Rc<File>>,
    definitions: HashMap<Key, Definition>,
    /// The package of each file.
    packages: Vec<String>,
    /// The targets of names in `use`s: by the key of the local name, the interface and the name in it.
    links: HashMap<Key, (PathText, String)>,
    /// The targets of `use`s at the top of files, by the file, its package or a nested one, and the local name.
    aliases: HashMap<(usize, String, String), PathText>,
    /// The interfaces and worlds of packages in all versions, by package and name.
    versions: HashMap<(String, String), Vec<Key>>,
}

/// A path as it is written, and where.
#[derive(Clone, Debug)]
struct PathText {
    file: usize,
    /// The package that the path is in.
    around: String,
    /// The package that it names, with its version if it has one.
    package: Option<(String, Option<String>)>,
    name: String,
}

impl Index {
    /// Indexes files, each with its package.
    pub fn new(files: Vec<(Rc<File>, String)>) -> Self {
        let (files, packages): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        let mut index = Index {
            files,
            definitions: HashMap::new(),
            packages,
            links: HashMap::new(),
            aliases: HashMap::new(),
            versions: HashMap::new(),
        };
        for file in 0..index.files.len() {
            let tree = index.document(file).tree();
            for node in tree.descendants() {
                index.add(file, &node);
            }
        }
        index
    }

    pub fn document(&self, file: usize) -> &Document {
        &self.files[file].document
    }

    /// Returns the number of a file.
    pub fn file(&self, uri: &str) -> Option<usize> {
        let exact = self.files.iter().position(|file| file.uri == uri);
        exact.or_else(|| {
            let path = path_of(uri)?;
            self.files.iter().position(|file| file.path == path)
        })
    }

    pub fn definition(&self, key: &str) -> Option<&Definition> {
        self.definitions.get(key)
    }

    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.values()
    }

    /// Whether a scope has a name, of its own or by a `use`.
    pub fn has_name(&self, key: &str) -> bool {
        self.definitions.contains_key(key) || self.links.contains_key(key)
    }

    /// Whether a `use` at the top of a file gives a package this local name.
    pub fn has_alias(&self, file: usize, package: &str, name: &str) -> bool {
        self.aliases.contains_key(&(file, package.to_owned(), name.to_owned()))
    }

    /// Returns the package and the local name that a name in a file stands for, if a `use … as` at the top of the file defines it.
    pub fn alias_at(&self, file: usize, name: &SyntaxNode) -> Option<(String, String)> {
        let parent = name.parent()?;
        let is_local = match parent.kind() {
            SyntaxKind::TopLevelUse => true,
            SyntaxKind::Path => children(&parent, SyntaxKind::Name).count() == 1,
            _ => false,
        };
        let (package, local) = (self.package(file, name), text_of(name));
        let target = self.aliases.get(&(file, package.clone(), local.clone()))?;
        // In `use a as b;`, `a` isn't local.
        let is_target = parent.parent().is_some_and(|it| it.kind() == SyntaxKind::TopLevelUse);
        (is_local && !is_target && target.name != local).then_some((package, local))
    }

    /// Returns the node of a definition.
    pub fn node(&self, definition: &Definition) -> Option<SyntaxNode> {
        node_at(&self.document(definition.file).tree(), &definition.range)
    }

    /// Returns what a local name stands for, if it is one of a `use … as`.
    pub fn target(&self, definition: &Definition) -> Option<Key> {
        let is_alias = definition.kind == SyntaxKind::UseName;
        let (path, name) = self.links.get(&definition.key).filter(|_| is_alias)?;
        Some(self.type_in(&self.find(path)?, name))
    }

    /// Adds what a node defines, and what it stands for.
    fn add(&mut self, file: usize, node: &SyntaxNode) {
        if node.kind() == SyntaxKind::TopLevelUse {
            self.add_alias(file, node);
        }
        if node.kind() == SyntaxKind::UseName {
            self.add_link(file, node);
        }
        let (Some(name), Some(key)) = (defined_name(node), self.key_of(file, node)) else {
            return;
        };
        if matches!(node.kind(), SyntaxKind::Interface | SyntaxKind::World) {
            let package = self.package(file, node);
            let package = package.split('@').next().unwrap_or_default().to_owned();
            let keys = self.versions.entry((package, text_of(&name))).or_default();
            if !keys.contains(&key) {
                keys.push(key.clone());
            }
        }
        let definition = Definition {
            name: text_of(&name),
            kind: node.kind(),
            file,
            name_range: bytes(token_range(&name)),
            range: bytes(node.text_range()),
            key: key.clone(),
        };
        self.definitions.entry(key).or_insert(definition);
    }

    fn add_alias(&mut self, file: usize, item: &SyntaxNode) {
        let Some(path) = child(item, SyntaxKind::Path).and_then(|path| self.path_text(file, &path))
        else {
            return;
        };
        let local =
            child(item, SyntaxKind::Name).map_or_else(|| path.name.clone(), |it| text_of(&it));
        self.aliases.insert((file, path.around.clone(), local), path);
    }

    fn add_link(&mut self, file: usize, use_name: &SyntaxNode) {
        let item = use_name.ancestors().find(|node| node.kind() == SyntaxKind::Use);
        let path = item.and_then(|item| child(&item, SyntaxKind::Path));
        let path = path.and_then(|path| self.path_text(file, &path));
        let owner = scope(use_name).and_then(|owner| self.key_of(file, &owner));
        let (Some(path), Some(owner), Some(name)) = (path, owner, used(use_name)) else {
            return;
        };
        let local = alias(use_name).map_or_else(|| text_of(&name), |alias| text_of(&alias));
        self.links.insert(format!("{owner}.{local}"), (path, text_of(&name)));
    }

    fn path_text(&self, file: usize, path: &SyntaxNode) -> Option<PathText> {
        let names: Vec<String> =
            children(path, SyntaxKind::Name).map(|name| text_of(&name)).collect();
        let (package, name) = match names.as_slice() {
            [namespace, package, name] => {
                let version = child(path, SyntaxKind::Version).map(|version| compact(&version));
                (Some((format!("{namespace}:{package}"), version)), name)
            }
            [name] => (None, name),
            _ => return None,
        };
        Some(PathText {
            file,
            around: self.package(file, path),
            package,
            name: name.clone(),
        })
    }

    /// Returns the package that a node is in.
    pub fn package(&self, file: usize, node: &SyntaxNode) -> String {
        let nested = node.ancestors().filter(|node| node.kind() == SyntaxKind::NestedPackage);
        let name = nested.filter_map(|package| child(&package, SyntaxKind::PackageName)).next();
        name.map_or_else(|| self.packages[file].clone(), |name| compact(&name))
    }

    /// Returns the key of what a node defines. Imports, exports and constructors have names of their own.
    pub fn key_of(&self, file: usize, node: &SyntaxNode) -> Option<Key> {
        let segment = segment(node)?;
        let owner = node.ancestors().skip(1).find(|node| self::segment(node).is_some());
        match owner {
            Some(owner) => Some(format!("{}.{segment}", self.key_of(file, &owner)?)),
            None => Some(format!("{}/{segment}", self.package(file, node))),
        }
    }

    /// Returns what a name means.
    pub fn resolve(&self, file: usize, name: &SyntaxNode) -> Option<Key> {
        let parent = name.parent()?;
        match parent.kind() {
            SyntaxKind::Path => {
                let is_last = children(&parent, SyntaxKind::Name).last().as_ref() == Some(name);
                let path = is_last.then(|| self.path_text(file, &parent))??;
                self.find(&path)
            }
            SyntaxKind::TopLevelUse => {
                self.find(&self.path_text(file, &child(&parent, SyntaxKind::Path)?)?)
            }
            SyntaxKind::UseName if used(&parent).as_ref() == Some(name) => {
                let item = parent
                    .ancestors()
                    .find(|node| matches!(node.kind(), SyntaxKind::Use | SyntaxKind::Include))?;
                let path = self.path_text(file, &child(&item, SyntaxKind::Path)?)?;
                let owner = self.find(&path)?;
                if item.kind() == SyntaxKind::Include {
                    return self.included(&owner, &text_of(name));
                }
                Some(self.type_in(&owner, &text_of(name)))
            }
            SyntaxKind::Type | SyntaxKind::TypeArguments => {
                let owner = self.key_of(file, &scope(name)?)?;
                Some(self.type_in(&owner, &text_of(name)))
            }
            SyntaxKind::PackageName | SyntaxKind::Gate => None,
            _ => {
                let is_definition = defined_name(&parent).as_ref() == Some(name);
                is_definition.then(|| self.key_of(file, &parent))?
            }
        }
    }

    /// Returns the import or the export of a world that an `include` renames.
    fn included(&self, world: &str, name: &str) -> Option<Key> {
        let keys = ["import", "export"].map(|kind| format!("{world}.{kind}:{name}"));
        keys.into_iter().find(|key| self.definitions.contains_key(key))
    }

    /// Returns the interface or the world that a path names.
    fn find(&self, path: &PathText) -> Option<Key> {
        let mut path = path;
        for _ in 0..MAX_LINKS {
            if let Some((package, version)) = &path.package {
                return self.find_in_package(package, version.as_deref(), &path.name);
            }
            let local = (path.file, path.around.clone(), path.name.clone());
            match self.aliases.get(&local) {
                Some(other) if other.package.is_some() || other.name != path.name => path = other,
                _ => return Some(format!("{}/{}", path.around, path.name)),
            }
        }
        None
    }

    /// Returns the first file of the dependency that a path names. Without a version, it is the only one of all versions.
    pub fn package_file(&self, file: usize, path: &SyntaxNode) -> Option<usize> {
        let path = self.path_text(file, path)?;
        let (package, version) = path.package.as_ref()?;
        let key = self.find_in_package(package, version.as_deref(), &path.name)?;
        let (package, _) = key.split_once('/')?;
        (0..self.files.len())
            .find(|file| !self.files[*file].is_own && self.packages[*file] == package)
    }

    /// Returns the interface or the world of a package. Without a version, it is the only one of all versions.
    fn find_in_package(&self, package: &str, version: Option<&str>, name: &str) -> Option<Key> {
        if let Some(version) = version {
            return Some(format!("{package}@{version}/{name}"));
        }
        let unversioned = format!("{package}/{name}");
        let versions = self.versions.get(&(package.to_owned(), name.to_owned()));
        match versions.map(Vec::as_slice) {
            Some([only]) => Some(only.clone()),
            _ => Some(unversioned),
        }
    }

    /// Returns a type of an interface or a world, through the `use`s of that.
    fn type_in(&self, owner: &str, name: &str) -> Key {
        let first = format!("{owner}.{name}");
        let mut key = first.clone();
        for _ in 0..MAX_LINKS {
            if self.definitions.contains_key(&key) {
                return key;
            }
            let Some((path, name)) = self.links.get(&key) else {
                return key;
            };
            match self.find(path) {
                Some(owner) => key = format!("{owner}.{name}"),
                None => return key,
            }
        }
        first
    }

    /// Returns all names of the files that mean something, with the file of each.
    pub fn names(&self) -> impl Iterator<Item = (usize, SyntaxNode, Key)> {
        (0..self.files.len()).flat_map(move |file| {
            let names = self.document(file).tree().descendants();
            names.filter(|node| node.kind() == SyntaxKind::Name).filter_map(move |name| {
                let key = self.resolve(file, &name)?;
                Some((file, name, key))
            })
        })
    }
}

/// Returns the part of a key that a node adds to it.
fn segment(node: &SyntaxNode) -> Option<String> {
    let name = || Some(text_of(&defined_name(node)?));
    match node.kind() {
        SyntaxKind::Constructor => Some("constructor".to_owned()),
        SyntaxKind::Import => Some(format!("import:{}", name()?)),
        SyntaxKind::Export => Some(format!("export:{}", name()?)),
        _ => name(),
    }
}
