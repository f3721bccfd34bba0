//! Interfaces, worlds and types by their full names, and where a `use` or an alias leads.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{
    Include, Interface, Model, Package, Type, TypeDef, TypeKind, TypeName, World, WorldItemKind,
};

/// Looks up what the names in a model stand for.
///
/// ```
/// use witgen::model::{Index, describe};
/// use witgen::source::{Features, Source, load};
///
/// let model = describe(&load(&Source::Embedded, &Features::default())?);
/// let index = Index::of(&model);
/// let handler = index.interface("wasi:http/handler@0.3.1002").unwrap();
/// // `handler` takes its types from `types`.
/// let (owner, request) = index.definition_in(&handler.id, "request").unwrap();
/// assert_eq!((&**owner, &*request.name), ("wasi:http/types@0.3.1002", "request"));
/// # Ok::<(), witgen::diagnostic::Failure>(())
/// ```
#[derive(Clone, Debug)]
pub struct Index<'a> {
    homes: HashMap<&'a str, Home<'a>>,
    /// The number of types in the model. A chain of `use`s or aliases with more steps is a cycle; WIT has none, but users may
    /// have edited the model.
    type_count: usize,
}

/// The type behind all `use`s and aliases.
pub(crate) enum Meaning<'t, 'a> {
    /// A record, variant, enum, flags or resource, and the full name of what it is defined in.
    Defined(&'a Arc<str>, &'a TypeDef),
    /// A built-in type, one made of others, or a name that can't be followed.
    Written(&'t Type),
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
    /// Indexes the names of a model.
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
        let type_count = homes.values().map(|home| home.types.len()).sum();
        Index { homes, type_count }
    }

    /// Returns the interface of a full name, which may be an inline one's.
    pub fn interface(&self, id: &str) -> Option<&'a Interface> {
        self.homes.get(id)?.interface
    }

    /// Returns the world of a full name.
    pub fn world(&self, id: &str) -> Option<&'a World> {
        self.homes.get(id)?.world
    }

    /// Returns the package that an interface or a world belongs to.
    pub fn package(&self, id: &str) -> Option<&'a Package> {
        Some(self.homes.get(id)?.package)
    }

    /// Returns the type of a name in an interface or a world, which may be a `use`.
    pub fn type_def(&self, owner: &str, name: &str) -> Option<&'a TypeDef> {
        self.homes.get(owner)?.types.get(name).copied()
    }

    /// Returns the world that an `include` of another world names.
    pub(crate) fn included(&self, world: &World, include: &Include) -> Option<&'a World> {
        let own = self.package(&world.id)?;
        let (namespace, name) = (&own.namespace, &own.name);
        let version = own.version_suffix();
        self.world(&format!("{namespace}:{name}/{}{version}", include.world))
            .or_else(|| self.world(&include.world))
    }

    /// Follows every `use` in front of a name: returns the definition, and the full name of the interface
    /// or world that it is written in.
    pub fn definition(&self, name: &TypeName) -> Option<(&'a Arc<str>, &'a TypeDef)> {
        self.definition_in(&name.owner, &name.name)
    }

    /// Does the same as [`Index::definition`] for a name in an interface or a world.
    pub fn definition_in(&self, owner: &str, name: &str) -> Option<(&'a Arc<str>, &'a TypeDef)> {
        let mut home = self.homes.get(owner)?;
        let mut def = *home.types.get(name)?;
        for _ in 0..self.type_count {
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

    /// Follows every `use` and alias in front of a type.
    pub(crate) fn meaning<'t>(&self, ty: &'t Type) -> Meaning<'t, 'a>
    where
        'a: 't,
    {
        let mut ty = ty;
        for _ in 0..self.type_count {
            let Type::Named(name) = ty else { break };
            match self.definition(name) {
                Some((_, def)) if let TypeKind::Alias(aliased) = &def.kind => ty = aliased,
                Some((owner, def)) => return Meaning::Defined(owner, def),
                None => break,
            }
        }
        Meaning::Written(ty)
    }

    /// Follows every `use` in front of a name, and every alias of another name or of a handle to one.
    pub(crate) fn named_definition(&self, name: &TypeName) -> Option<(&'a Arc<str>, &'a TypeDef)> {
        let (mut owner, mut def) = self.definition(name)?;
        for _ in 0..self.type_count {
            match &def.kind {
                TypeKind::Alias(Type::Named(inner) | Type::Own(inner)) => {
                    (owner, def) = self.definition(inner)?;
                }
                _ => return Some((owner, def)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::describe;
    use crate::source::{Features, Source, load};

    fn model(text: &str) -> Model {
        let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
        std::fs::write(file.path(), text).unwrap();
        describe(&load(&Source::File(file.path().to_owned()), &Features::default()).unwrap())
    }

    /// Interfaces `i0` to `i100`, each of which takes `t` from the one before it.
    fn long_chain() -> Model {
        let links: String = (1..=100)
            .map(|at| format!("interface i{at} {{ use i{}.{{t}}; }}\n", at - 1))
            .collect();
        model(&format!(
            "package a:b;\ninterface i0 {{ type t = u8; }}\n{links}"
        ))
    }

    #[test]
    fn a_long_chain_of_uses_leads_to_its_definition() {
        let model = long_chain();
        let index = Index::of(&model);
        let (owner, def) = index.definition_in("a:b/i100", "t").unwrap();
        assert_eq!((&**owner, &*def.name), ("a:b/i0", "t"));
    }

    #[test]
    fn a_long_chain_of_aliases_leads_to_its_meaning() {
        let aliases: String = (1..=100).map(|at| format!("type t{at} = t{};\n", at - 1)).collect();
        let model = model(&format!(
            "package a:b;\ninterface i {{ record t0 {{ a: u8 }}\n{aliases}}}"
        ));
        let index = Index::of(&model);
        let name = TypeName {
            owner: "a:b/i".into(),
            name: "t100".to_owned(),
        };
        let definition = index.named_definition(&name).unwrap();
        assert_eq!(definition.1.name, "t0");
        let ty = Type::Named(name);
        let Meaning::Defined(_, def) = index.meaning(&ty) else {
            panic!("`t0` is defined");
        };
        assert_eq!(def.name, "t0");
    }

    #[test]
    fn a_circle_leads_nowhere() {
        let mut model = long_chain();
        let name = |owner: &str| TypeName {
            owner: owner.into(),
            name: "t".to_owned(),
        };
        model.packages[0].interfaces[0].types[0].kind = TypeKind::Use(name("a:b/i100"));
        assert!(Index::of(&model).definition(&name("a:b/i50")).is_none());
        model.packages[0].interfaces[0].types[0].kind =
            TypeKind::Alias(Type::Named(name("a:b/i100")));
        let index = Index::of(&model);
        assert!(index.named_definition(&name("a:b/i50")).is_none());
        let ty = Type::Named(name("a:b/i50"));
        assert!(matches!(index.meaning(&ty), Meaning::Written(_)));
    }
}
