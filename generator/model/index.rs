//! Interfaces, worlds and types by their names, for whoever looks up many.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Interface, Model, Package, TypeDef, TypeKind, TypeName, World, WorldItemKind};

/// What the names in a model stand for.
///
/// ```
/// use witgen::model::{Index, describe};
/// use witgen::source::{Features, Source, load};
///
/// let model = describe(&load(&Source::Embedded, &Features::default())?);
/// let index = Index::of(&model);
/// let handler = index.interface("wasi:http/handler@0.3.3").unwrap();
/// // `handler` takes its types from `types`.
/// let (owner, request) = index.definition_in(&handler.id, "request").unwrap();
/// assert_eq!((&**owner, &*request.name), ("wasi:http/types@0.3.3", "request"));
/// # Ok::<(), witgen::diagnostic::Diagnostic>(())
/// ```
#[derive(Clone, Debug)]
pub struct Index<'a> {
    homes: HashMap<&'a str, Home<'a>>,
}

/// An interface or a world, and the types in it.
#[derive(Clone, Debug)]
struct Home<'a> {
    id: &'a Arc<str>,
    package: &'a Package,
    interface: Option<&'a Interface>,
    world: Option<&'a World>,
    types: HashMap<&'a str, &'a TypeDef>,
}

impl<'a> Index<'a> {
    /// The names of a model.
    pub fn of(model: &'a Model) -> Self {
        let mut homes = HashMap::new();
        for package in &model.packages {
            for interface in &package.interfaces {
                homes.insert(&*interface.id, Home::of_interface(package, interface));
            }
        }
        for package in &model.packages {
            for world in &package.worlds {
                let mut types = HashMap::new();
                for item in world.imports.iter().chain(&world.exports) {
                    match &item.kind {
                        WorldItemKind::Type(def) => {
                            types.insert(def.name.as_str(), &**def);
                        }
                        WorldItemKind::Inline(interface) => {
                            let home = || Home::of_interface(package, interface);
                            homes.entry(&interface.id).or_insert_with(home);
                        }
                        WorldItemKind::Interface(_) | WorldItemKind::Function(_) => {}
                    }
                }
                let home = Home {
                    id: &world.id,
                    package,
                    interface: None,
                    world: Some(world),
                    types,
                };
                homes.insert(&world.id, home);
            }
        }
        Index { homes }
    }

    /// The interface of a full name; an inline one too.
    pub fn interface(&self, id: &str) -> Option<&'a Interface> {
        self.homes.get(id)?.interface
    }

    /// The world of a full name.
    pub fn world(&self, id: &str) -> Option<&'a World> {
        self.homes.get(id)?.world
    }

    /// The package that an interface or a world belongs to.
    pub fn package(&self, id: &str) -> Option<&'a Package> {
        Some(self.homes.get(id)?.package)
    }

    /// The type of a name, as it stands there: it may be a `use`.
    pub fn type_def(&self, owner: &str, name: &str) -> Option<&'a TypeDef> {
        self.homes.get(owner)?.types.get(name).copied()
    }

    /// The definition that a name stands for, and the full name of the interface or world that it was
    /// first written in: `use` is followed.
    pub fn definition(&self, name: &TypeName) -> Option<(&'a Arc<str>, &'a TypeDef)> {
        self.definition_in(&name.owner, &name.name)
    }

    /// As [`Index::definition`], for a name in an interface or a world.
    pub fn definition_in(&self, owner: &str, name: &str) -> Option<(&'a Arc<str>, &'a TypeDef)> {
        let mut home = self.homes.get(owner)?;
        let mut def = *home.types.get(name)?;
        // A chain of `use`s has no circle, but a model may have been made by anybody.
        for _ in 0..64 {
            let TypeKind::Use(used) = &def.kind else {
                return Some((home.id, def));
            };
            match self.homes.get(&*used.owner) {
                Some(next) => (home, def) = (next, *next.types.get(used.name.as_str())?),
                None => return Some((home.id, def)),
            }
        }
        None
    }
}

impl<'a> Home<'a> {
    fn of_interface(package: &'a Package, interface: &'a Interface) -> Self {
        let types = interface.types.iter().map(|def| (def.name.as_str(), def));
        Home {
            id: &interface.id,
            package,
            interface: Some(interface),
            world: None,
            types: types.collect(),
        }
    }
}
