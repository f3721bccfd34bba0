//! Where the items of one interface or world stand.

use std::collections::{HashMap, HashSet};

use super::anchors::{clashes, function_path, member_paths, world_function_path};
use crate::model::{Direction, Function, Interface, Package, TypeDef, World};

/// Where the items of an interface or a world stand.
pub(super) struct Home<'a> {
    pub package: &'a Package,
    pub owner: Owner<'a>,
    /// The page; none for a package that has no pages here.
    pub page: Option<usize>,
    /// The prefix of anchors: `types`, or `proxy.import.settings` for an inline interface.
    pub prefix: String,
    pub types: HashMap<&'a str, &'a TypeDef>,
    /// Functions by their resource, or by nothing, and their name.
    pub functions: HashMap<(&'a str, &'a str), &'a Function>,
    /// The addresses of functions that a world exports itself.
    pub exported: HashSet<usize>,
    /// Anchors that don't follow from their path.
    pub clashes: HashMap<String, String>,
}

/// A container of items.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    Interface(&'a Interface),
    Inline(&'a Interface),
    World(&'a World),
}

impl<'a> Owner<'a> {
    /// The full name.
    pub fn id(self) -> &'a str {
        match self {
            Owner::Interface(interface) | Owner::Inline(interface) => &interface.id,
            Owner::World(world) => &world.id,
        }
    }

    /// The plain name.
    pub fn name(self) -> &'a str {
        match self {
            Owner::Interface(interface) | Owner::Inline(interface) => &interface.name,
            Owner::World(world) => &world.name,
        }
    }
}

impl<'a> Home<'a> {
    pub fn of_interface(
        package: &'a Package,
        owner: Owner<'a>,
        page: Option<usize>,
        prefix: String,
    ) -> Self {
        let (Owner::Interface(interface) | Owner::Inline(interface)) = owner else {
            unreachable!("a world has a way of its own")
        };
        let mut paths: Vec<String> = Vec::new();
        for def in &interface.types {
            paths.push(def.name.clone());
            paths.extend(member_paths(def, &def.name));
        }
        paths.extend(interface.functions.iter().map(function_path));
        let types = interface.types.iter();
        let functions = interface.functions.iter();
        Home {
            package,
            owner,
            page,
            prefix,
            types: types.map(|def| (def.name.as_str(), def)).collect(),
            functions: functions.map(|f| (key(f), f)).collect(),
            exported: HashSet::new(),
            clashes: clashes(paths),
        }
    }

    /// The anchor of an item's path: `types.request.get-method`.
    pub fn anchor(&self, path: &str) -> String {
        let known = (!self.clashes.is_empty()).then(|| self.clashes.get(path));
        let mut anchor = String::with_capacity(self.prefix.len() + 1 + path.len());
        anchor.push_str(&self.prefix);
        anchor.push('.');
        match known.flatten() {
            Some(told_apart) => anchor.push_str(told_apart),
            None => anchor.extend(path.chars().flat_map(char::to_lowercase)),
        }
        anchor
    }

    /// The anchor of an inline interface itself, and the name of an interface or a world in lower case.
    pub fn own_anchor(&self) -> &str {
        &self.prefix
    }

    /// Whether a function of this path only goes out of a component.
    pub fn is_exported(&self, path: &str) -> bool {
        match self.owner {
            Owner::World(_) => path.starts_with("export."),
            Owner::Inline(interface) => interface.id.contains("#export."),
            Owner::Interface(_) => false,
        }
    }

    /// The name that functions of this home are exported under, if they have an interface.
    pub fn exported_name(&self) -> Option<&'a str> {
        match self.owner {
            Owner::World(_) => None,
            Owner::Interface(interface) | Owner::Inline(interface) => Some(&interface.name),
        }
    }

    pub fn type_named(&self, name: &str) -> Option<&'a TypeDef> {
        self.types.get(name).copied()
    }

    pub fn function_named(&self, resource: &str, name: &str) -> Option<&'a Function> {
        self.functions.get(&(resource, name)).copied()
    }

    /// The functions of a resource, in no order.
    pub fn functions_of(&self, resource: &str) -> impl Iterator<Item = &'a Function> {
        self.functions
            .iter()
            .filter(move |((owner, _), _)| *owner == resource)
            .map(|(_, function)| *function)
    }

    /// Returns the names of top-level items: types, and functions of no resource.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let free = self.functions.keys().filter(|(resource, _)| resource.is_empty());
        self.types.keys().copied().chain(free.map(|(_, name)| *name))
    }

    /// The path of a type of this home.
    pub fn type_path(&self, def: &TypeDef) -> String {
        match self.owner {
            Owner::World(_) => format!("import.{}", def.name),
            Owner::Interface(_) | Owner::Inline(_) => def.name.clone(),
        }
    }

    /// The path of a function of this home.
    pub fn path_of_function(&self, function: &Function) -> String {
        if !matches!(self.owner, Owner::World(_)) {
            return function_path(function);
        }
        let direction = if self.exported.contains(&address(function)) {
            Direction::Export
        } else {
            Direction::Import
        };
        world_function_path(direction, function)
    }

    /// All anchors of this home.
    pub fn anchors(&self) -> impl Iterator<Item = String> {
        let own = matches!(self.owner, Owner::Inline(_)).then(|| self.prefix.clone());
        let types = self.types.values().flat_map(move |def| {
            let path = self.type_path(def);
            let members = member_paths(def, &path);
            std::iter::once(path).chain(members)
        });
        let functions = self.functions.values().map(move |f| self.path_of_function(f));
        own.into_iter()
            .chain(types.chain(functions).map(move |path| self.anchor(&path)))
    }
}

/// Tells functions apart that are equal.
pub(super) fn address(function: &Function) -> usize {
    std::ptr::from_ref(function).addr()
}

/// Returns the key of a function: its resource, or nothing, and its name.
pub(super) fn key(function: &Function) -> (&str, &str) {
    let resource = function.resource();
    (
        resource.map_or("", |resource| &resource.name),
        &function.name,
    )
}
