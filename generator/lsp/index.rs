//! The names of a package and its dependencies: where each is defined, and what each means.
//!
//! It reads syntax trees, so it works for texts with mistakes.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::document::{Document, bytes};
use super::file::File;
use super::nodes::{
    alias, child, children, compact, defined_name, node_at, scope, text_of, token_range, use_names,
    used,
};
use crate::syntax::{SyntaxKind, SyntaxNode};

/// What a name stands for: `wasi:http@0.3.2/types.request`.
pub(super) type Key = String;

/// Where something is defined.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub key: Key,
    pub name: String,
    /// What defines it.
    pub kind: SyntaxKind,
    /// The position of the file in the index.
    pub file: usize,
    /// The bytes of the name, and of all that defines it.
    pub name_range: Range<usize>,
    pub range: Range<usize>,
}

/// The names of files.
pub(super) struct Index {
    pub files: Vec<Rc<File>>,
    definitions: HashMap<Key, Definition>,
    /// The package of each file, and whether it is the one that is edited.
    packages: Vec<String>,
}

impl Index {
    /// Indexes files, each with its package.
    pub fn new(files: Vec<(Rc<File>, String)>) -> Self {
        let (files, packages): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        let mut index = Index {
            files,
            definitions: HashMap::new(),
            packages,
        };
        for file in 0..index.files.len() {
            let tree = index.document(file).tree();
            index.collect(file, &tree);
        }
        index
    }

    pub fn document(&self, file: usize) -> &Document {
        &self.files[file].document
    }

    /// Returns the number of a file.
    pub fn file(&self, uri: &str) -> Option<usize> {
        self.files.iter().position(|file| file.uri == uri)
    }

    pub fn definition(&self, key: &str) -> Option<&Definition> {
        self.definitions.get(key)
    }

    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.values()
    }

    /// Returns the node of a definition.
    pub fn node(&self, definition: &Definition) -> Option<SyntaxNode> {
        node_at(&self.document(definition.file).tree(), &definition.range)
    }

    /// Returns what a local name stands for, if it is one of a `use … as`.
    pub fn target(&self, definition: &Definition) -> Option<Key> {
        let node = self.node(definition)?;
        let used = (node.kind() == SyntaxKind::UseName).then(|| used(&node))??;
        self.resolve(definition.file, &used)
    }

    /// Adds the definitions in a node.
    fn collect(&mut self, file: usize, node: &SyntaxNode) {
        for child in node.children() {
            if let Some(name) = defined_name(&child)
                && let Some(key) = self.key_of(file, &child)
            {
                let definition = Definition {
                    name: text_of(&name),
                    kind: child.kind(),
                    file,
                    name_range: bytes(token_range(&name)),
                    range: bytes(child.text_range()),
                    key: key.clone(),
                };
                self.definitions.entry(key).or_insert(definition);
            }
            self.collect(file, &child);
        }
    }

    /// Returns the package that a node is in.
    fn package(&self, file: usize, node: &SyntaxNode) -> String {
        let nested = node.ancestors().filter(|node| node.kind() == SyntaxKind::NestedPackage);
        let name = nested.filter_map(|package| child(&package, SyntaxKind::PackageName)).next();
        name.map_or_else(|| self.packages[file].clone(), |name| compact(&name))
    }

    /// Returns the key of what a node defines.
    fn key_of(&self, file: usize, node: &SyntaxNode) -> Option<Key> {
        let name = text_of(&defined_name(node)?);
        let owner = node.ancestors().skip(1).find(|node| {
            defined_name(node).is_some() && !matches!(node.kind(), SyntaxKind::UseList)
        });
        match owner {
            Some(owner) => Some(format!("{}.{name}", self.key_of(file, &owner)?)),
            None => Some(format!("{}/{name}", self.package(file, node))),
        }
    }

    /// Returns what a name means.
    pub fn resolve(&self, file: usize, name: &SyntaxNode) -> Option<Key> {
        let parent = name.parent()?;
        match parent.kind() {
            SyntaxKind::Path => self.resolve_path(file, &parent, name),
            SyntaxKind::UseName if used(&parent).as_ref() == Some(name) => {
                self.resolve_used(file, &parent, name)
            }
            SyntaxKind::Type | SyntaxKind::TypeArguments => self.resolve_type(file, name),
            SyntaxKind::PackageName | SyntaxKind::Gate => None,
            _ => {
                let is_definition = defined_name(&parent).as_ref() == Some(name);
                is_definition.then(|| self.key_of(file, &parent))?
            }
        }
    }

    /// Returns the interface or the world that a path names. Of its package, nothing is defined.
    fn resolve_path(&self, file: usize, path: &SyntaxNode, name: &SyntaxNode) -> Option<Key> {
        let names: Vec<SyntaxNode> = children(path, SyntaxKind::Name).collect();
        if names.last() != Some(name) {
            return None;
        }
        let last = text_of(name);
        if let [namespace, package, _] = names.as_slice() {
            let package = format!("{}:{}", text_of(namespace), text_of(package));
            let version = child(path, SyntaxKind::Version).map(|version| compact(&version));
            return self.find(&package, version.as_deref(), &last);
        }
        self.aliased(file, path, &last)
            .or_else(|| Some(format!("{}/{last}", self.package(file, path))))
    }

    /// Returns what a `use` at the top of a file gives a name to.
    fn aliased(&self, file: usize, path: &SyntaxNode, name: &str) -> Option<Key> {
        let around = path
            .ancestors()
            .find(|node| matches!(node.kind(), SyntaxKind::File | SyntaxKind::NestedPackage))?;
        let body = child(&around, SyntaxKind::Body).unwrap_or(around);
        let uses = children(&body, SyntaxKind::TopLevelUse);
        for item in uses {
            let used = child(&item, SyntaxKind::Path)?;
            let last = children(&used, SyntaxKind::Name).last()?;
            let alias = child(&item, SyntaxKind::Name);
            let local = alias.map_or_else(|| text_of(&last), |alias| text_of(&alias));
            if local == name && used != *path {
                return self.resolve_path(file, &used, &last);
            }
        }
        None
    }

    /// Returns the key of an interface or a world of a package.
    fn find(&self, package: &str, version: Option<&str>, name: &str) -> Option<Key> {
        let exact = version.map(|version| format!("{package}@{version}/{name}"));
        let exact = exact.unwrap_or_else(|| format!("{package}/{name}"));
        if self.definitions.contains_key(&exact) || version.is_some() {
            return Some(exact);
        }
        let is_meant = |key: &&Key| {
            let rest = key.strip_prefix(package).and_then(|rest| rest.split_once('/'));
            rest.is_some_and(|(version, item)| version.starts_with('@') && item == name)
        };
        self.definitions.keys().find(is_meant).cloned()
    }

    /// Returns the type that a `use` takes from its interface.
    fn resolve_used(&self, file: usize, used: &SyntaxNode, name: &SyntaxNode) -> Option<Key> {
        let item = used
            .ancestors()
            .find(|node| matches!(node.kind(), SyntaxKind::Use | SyntaxKind::Include))?;
        let path = child(&item, SyntaxKind::Path)?;
        let last = children(&path, SyntaxKind::Name).last()?;
        let owner = self.resolve_path(file, &path, &last)?;
        self.type_in(&owner, &text_of(name), 0)
    }

    /// Returns a type of an interface, through the `use`s of that.
    fn type_in(&self, owner: &str, name: &str, depth: usize) -> Option<Key> {
        let key = format!("{owner}.{name}");
        if self.definitions.contains_key(&key) || depth > 50 {
            return Some(key);
        }
        let definition = self.definition(owner)?;
        let node = self.node(definition)?;
        let plain = use_names(&node).find(|used_name| {
            alias(used_name).is_none() && used(used_name).is_some_and(|it| text_of(&it) == name)
        });
        match plain {
            Some(used_name) => self.resolve_used(definition.file, &used_name, &used(&used_name)?),
            None => Some(key),
        }
    }

    /// Returns the type that a name in an interface or a world means.
    fn resolve_type(&self, file: usize, name: &SyntaxNode) -> Option<Key> {
        let owner = scope(name)?;
        let text = text_of(name);
        let key = format!("{}.{text}", self.key_of(file, &owner)?);
        if self.definitions.contains_key(&key) {
            return Some(key);
        }
        let plain = use_names(&owner)
            .find(|it| alias(it).is_none() && used(it).is_some_and(|used| text_of(&used) == text));
        match plain {
            Some(used_name) => self.resolve_used(file, &used_name, &used(&used_name)?),
            None => Some(key),
        }
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
