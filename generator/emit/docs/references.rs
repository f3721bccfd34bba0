//! Finds the users of each type, in all interfaces that import it by `use`.

use std::collections::{BTreeSet, HashMap};

use super::anchors::{function_path, world_function_path};
use super::site::Site;
use crate::model::{Direction, Type, TypeKind, TypeName, WorldItemKind};
use crate::names::{self, UserItem, users};

/// An item that uses another: its interface or world, and its path there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct User<'a> {
    pub owner: &'a str,
    /// The path that its address has: `import.log` for a world's own function.
    pub path: String,
    /// As people call it: `log`.
    pub name: String,
}

/// The users of each definition, and the worlds of each interface.
pub(super) struct References<'a> {
    of_types: HashMap<(&'a str, &'a str), BTreeSet<User<'a>>>,
    of_interfaces: HashMap<&'a str, Worlds<'a>>,
}

/// The worlds that an interface is part of, and the interfaces that take types from it.
#[derive(Clone, Debug, Default)]
pub(super) struct Worlds<'a> {
    pub importing: Vec<&'a str>,
    pub exporting: Vec<&'a str>,
    pub using: BTreeSet<&'a str>,
}

impl<'a> References<'a> {
    pub fn of(site: &Site<'a>) -> Self {
        let mut references = References {
            of_types: HashMap::new(),
            of_interfaces: HashMap::new(),
        };
        for user in users(&site.model.packages) {
            references.user(site, &user);
        }
        for world in site.model.worlds() {
            for (direction, item) in world.items() {
                if let WorldItemKind::Interface(id) = &item.kind {
                    let worlds = references.of_interfaces.entry(id).or_default();
                    let list = match direction {
                        Direction::Import => &mut worlds.importing,
                        Direction::Export => &mut worlds.exporting,
                    };
                    list.push(&world.id);
                }
            }
        }
        references
    }

    /// The users of a type, where it was first written.
    pub fn users(&self, owner: &'a str, name: &'a str) -> impl Iterator<Item = &User<'a>> {
        self.of_types.get(&(owner, name)).into_iter().flatten()
    }

    /// The worlds of an interface, and the interfaces that take types from it.
    pub fn worlds(&self, interface: &str) -> Worlds<'a> {
        self.of_interfaces.get(interface).cloned().unwrap_or_default()
    }

    fn user(&mut self, site: &Site<'a>, user: &names::User<'a>) {
        match user.item {
            UserItem::Type(def) => {
                if let TypeKind::Use(used) = &def.kind {
                    // A `use` alone doesn't count as a use of the type.
                    let of_interface = self.of_interfaces.entry(&used.owner).or_default();
                    of_interface.using.insert(user.owner);
                    return;
                }
                let path = match user.direction {
                    Some(_) => format!("import.{}", def.name),
                    None => def.name.clone(),
                };
                def.names(&mut |used| self.add(site, used, user.owner, &path, &def.name));
            }
            UserItem::Function(function) => {
                let path = match user.direction {
                    Some(direction) => world_function_path(direction, function),
                    None => function_path(function),
                };
                let name = function.path();
                let own = function.resource().map(|resource| resource.name.as_str());
                function.names(&mut |used| {
                    // A constructor always creates its resource, so this isn't listed.
                    let is_made = matches!(&function.result, Some(Type::Own(made)) if made == used);
                    if !(is_made && own == Some(&used.name) && function.name == "constructor") {
                        self.add(site, used, user.owner, &path, &name);
                    }
                });
            }
        }
    }

    fn add(&mut self, site: &Site<'a>, used: &'a TypeName, owner: &'a str, path: &str, name: &str) {
        if let Some((at, def)) = site.definition(used) {
            self.of_types.entry((at, &def.name)).or_default().insert(User {
                owner,
                path: path.to_owned(),
                name: name.to_owned(),
            });
        }
    }
}
