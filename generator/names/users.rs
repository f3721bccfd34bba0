//! Finds the users of each type and each interface.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::display::item_name;
use crate::model::{Direction, Function, Interface, Package, TypeDef, TypeName, WorldItemKind};

/// An item that can name types.
pub(crate) struct User<'a> {
    /// The full name of the interface or world that it is written in.
    pub owner: &'a Arc<str>,
    /// Which way it goes through its world, if that is what it is written in.
    pub direction: Option<Direction>,
    pub item: UserItem<'a>,
}

pub(crate) enum UserItem<'a> {
    Type(&'a TypeDef),
    Function(&'a Function),
}

impl<'a> UserItem<'a> {
    /// Calls `visit` for every name in the item.
    pub fn names(&self, visit: &mut impl FnMut(&'a TypeName)) {
        match self {
            UserItem::Type(def) => def.names(visit),
            UserItem::Function(function) => function.names(visit),
        }
    }
}

/// Lists the types and functions of all interfaces and worlds. Those of an inline interface are listed
/// for each world that includes it.
pub(crate) fn users(packages: &[Package]) -> Vec<User<'_>> {
    let mut users = Vec::new();
    for package in packages {
        for interface in &package.interfaces {
            users.extend(in_interface(interface));
        }
        for world in &package.worlds {
            for (direction, item) in world.items() {
                let own = |item| User {
                    owner: &world.id,
                    direction: Some(direction),
                    item,
                };
                match &item.kind {
                    WorldItemKind::Interface(_) => {}
                    WorldItemKind::Inline(interface) => users.extend(in_interface(interface)),
                    WorldItemKind::Function(f) => users.push(own(UserItem::Function(f))),
                    WorldItemKind::Type(def) => users.push(own(UserItem::Type(def))),
                }
            }
        }
    }
    users
}

fn in_interface(interface: &Interface) -> impl Iterator<Item = User<'_>> {
    let types = interface.types.iter().map(UserItem::Type);
    let functions = interface.functions.iter().map(UserItem::Function);
    types.chain(functions).map(|item| User {
        owner: &interface.id,
        direction: None,
        item,
    })
}

/// Fills in who uses each type and each interface.
pub(crate) fn fill(packages: &mut [Package]) {
    let mut of_types: HashMap<TypeName, BTreeSet<String>> = HashMap::new();
    let mut of_interfaces: HashMap<Arc<str>, BTreeSet<String>> = HashMap::new();
    for user in users(packages) {
        let (path, is_type) = match user.item {
            UserItem::Type(def) => (def.name.clone(), true),
            UserItem::Function(function) => (function.path(), false),
        };
        user.item.names(&mut |name| {
            let users = of_types.entry(name.clone()).or_default();
            users.insert(item_name(user.owner, &path));
            if is_type && name.owner != *user.owner {
                let users = of_interfaces.entry(name.owner.clone()).or_default();
                users.insert(user.owner.to_string());
            }
        });
    }
    for world in packages.iter().flat_map(|package| &package.worlds) {
        for (_, item) in world.items() {
            if let WorldItemKind::Interface(id) = &item.kind {
                let users = of_interfaces.entry(id.clone()).or_default();
                users.insert(world.id.to_string());
            }
        }
    }

    let mut fill_types = |owner: &Arc<str>, types: &mut [TypeDef]| {
        for def in types {
            let name = TypeName {
                owner: owner.clone(),
                name: def.name.clone(),
            };
            let users = of_types.remove(&name).unwrap_or_default();
            def.used_by = users.into_iter().collect();
        }
    };
    for package in packages {
        for interface in &mut package.interfaces {
            fill_types(&interface.id, &mut interface.types);
            let users = of_interfaces.remove(&interface.id).unwrap_or_default();
            interface.used_by = users.into_iter().collect();
        }
        for world in &mut package.worlds {
            for item in world.imports.iter_mut().chain(&mut world.exports) {
                match &mut item.kind {
                    WorldItemKind::Inline(interface) => {
                        fill_types(&interface.id, &mut interface.types);
                    }
                    WorldItemKind::Type(def) => {
                        fill_types(&world.id, std::slice::from_mut(&mut **def))
                    }
                    WorldItemKind::Interface(_) | WorldItemKind::Function(_) => {}
                }
            }
        }
    }
}
