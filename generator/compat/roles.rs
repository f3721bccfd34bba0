//! Which way an interface goes through the worlds that both packages have.

use std::collections::{HashMap, HashSet};

use super::change::Breaks;
use super::view::View;
use crate::model::{Direction, World, WorldItemKind};

/// Where an interface is seen, on both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub is_imported: bool,
    pub is_exported: bool,
    /// Types of an imported interface that components see.
    pub live_old: HashSet<String>,
    pub live_new: HashSet<String>,
    /// Whether no world has it: whoever uses it is taken to import all of it.
    pub is_open: bool,
}

impl Role {
    /// Returns which sides an added item breaks.
    pub fn gained(&self) -> Breaks {
        Breaks {
            guest: self.is_exported,
            host: self.is_imported,
            source: false,
        }
    }

    /// Returns which sides a removed item breaks.
    pub fn lost(&self) -> Breaks {
        Breaks {
            guest: self.is_imported,
            host: self.is_exported,
            source: true,
        }
    }

    /// Returns which sides an added type breaks.
    pub fn gained_type(&self, name: &str) -> Breaks {
        Breaks {
            guest: self.is_exported,
            host: self.is_imported && self.is_live_new(name),
            source: false,
        }
    }

    /// Returns which sides a removed type breaks.
    pub fn lost_type(&self, name: &str) -> Breaks {
        Breaks {
            guest: self.is_imported && self.is_live_old(name),
            host: self.is_exported,
            source: true,
        }
    }

    /// Whether components of the old world see a type.
    pub fn is_live_old(&self, name: &str) -> bool {
        self.is_open || self.live_old.contains(name)
    }

    /// Whether components of the new world see a type.
    pub fn is_live_new(&self, name: &str) -> bool {
        self.is_open || self.live_new.contains(name)
    }
}

/// Roles by the keys of interfaces.
pub(super) struct Roles {
    roles: HashMap<String, Role>,
    reached: HashSet<String>,
}

impl Roles {
    pub fn of<'a>(old: &View<'a>, new: &View<'a>, pairs: &[(&'a World, &'a World)]) -> Self {
        let mut roles: HashMap<String, Role> = HashMap::new();
        let mut reached = HashSet::new();
        for view in [old, new] {
            for world in &view.model.package().worlds {
                reached.extend(world.items().filter_map(|(_, item)| match &item.kind {
                    WorldItemKind::Interface(id) => Some(view.key(id)),
                    _ => None,
                }));
            }
        }
        for (before, after) in pairs {
            let new_keys = keys(new, after);
            for (direction, key) in keys(old, before) {
                if !new_keys.contains(&(direction, key.clone())) {
                    continue;
                }
                let role = roles.entry(key).or_default();
                match direction {
                    Direction::Import => role.is_imported = true,
                    Direction::Export => role.is_exported = true,
                }
            }
            for (view, world, is_old) in [(old, before, true), (new, after, false)] {
                for (owner, name) in view.live(world) {
                    let role = roles.entry(view.key(owner)).or_default();
                    if is_old {
                        role.live_old.insert(name.to_owned())
                    } else {
                        role.live_new.insert(name.to_owned())
                    };
                }
            }
        }
        Roles { roles, reached }
    }

    /// The role of an interface.
    pub fn role(&self, key: &str) -> Role {
        let mut role = self.roles.get(key).cloned().unwrap_or_default();
        if !self.reached.contains(key) && !role.is_imported && !role.is_exported {
            role.is_open = true;
            role.is_imported = true;
        }
        role
    }
}

fn keys(view: &View<'_>, world: &World) -> HashSet<(Direction, String)> {
    let keys = world.items().filter_map(|(direction, item)| match &item.kind {
        WorldItemKind::Interface(id) => Some((direction, view.key(id))),
        WorldItemKind::Inline(interface) => Some((direction, view.key(&interface.id))),
        _ => None,
    });
    keys.collect()
}
