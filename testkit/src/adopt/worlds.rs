//! The worlds of the release in ours, which include each other where the released ones repeat their items.

use std::collections::{BTreeMap, BTreeSet};

use rowan::NodeOrToken;
use witgen::syntax::{SyntaxKind, SyntaxNode};

use super::gates::Gates;
use super::merge::{Merge, join, new_item};
use super::tree;

/// The worlds of a package by name, in their order.
pub(super) struct Worlds {
    list: Vec<World>,
}

struct World {
    name: String,
    /// The gates of the world.
    gates: Gates,
    items: Vec<SyntaxNode>,
    /// The worlds of this package that it includes.
    includes: Vec<String>,
}

/// An item of a world or of one that it includes.
struct Inside {
    node: SyntaxNode,
    /// The gates of the world that it is written in.
    around: Gates,
}

impl Worlds {
    /// Reads the worlds among the items of files.
    pub(super) fn read<'a>(items: impl Iterator<Item = &'a SyntaxNode>, package: &str) -> Worlds {
        let worlds = items.filter(|node| node.kind() == SyntaxKind::World);
        let list = worlds.map(|node| {
            let items: Vec<SyntaxNode> = tree::body(node).iter().flat_map(tree::items).collect();
            let includes = items.iter().filter(|it| it.kind() == SyntaxKind::Include);
            World {
                name: tree::name(node).unwrap_or_default(),
                gates: Gates::default().of(node),
                includes: includes.map(|it| tree::path(it, package)).collect(),
                items,
            }
        });
        Worlds {
            list: list.collect(),
        }
    }

    fn world(&self, name: &str) -> Option<&World> {
        self.list.iter().find(|world| world.name == name)
    }

    /// Returns a world and all that it includes, the innermost first.
    fn included<'a>(&'a self, name: &'a str, seen: &mut BTreeSet<&'a str>) -> Vec<&'a World> {
        let Some(world) = self.world(name).filter(|_| seen.insert(name)) else {
            return Vec::new();
        };
        let inner = world.includes.iter().flat_map(|name| self.included(name, seen));
        let mut all: Vec<&World> = inner.collect();
        all.push(world);
        all
    }

    /// Returns the items of a world with those of the worlds that it includes, by key.
    fn flat(&self, name: &str, package: &str) -> Vec<(String, Inside)> {
        let worlds = self.included(name, &mut BTreeSet::new());
        let items = worlds.into_iter().flat_map(|world| {
            let items = world.items.iter().filter(|node| {
                node.kind() != SyntaxKind::Include
                    || self.world(&tree::path(node, package)).is_none()
            });
            items.map(|node| {
                let inside = Inside {
                    node: node.clone(),
                    around: world.gates.clone(),
                };
                (tree::key(node, package), inside)
            })
        });
        items.collect()
    }
}

/// What becomes of the worlds of ours.
pub(super) struct Plan {
    /// The released items of each world of ours that a released world includes, by key.
    kept: BTreeMap<String, BTreeMap<String, Inside>>,
    /// What is new in each world of ours, with the key of the item before it.
    new: BTreeMap<String, Vec<(Option<String>, String)>>,
}

impl Plan {
    /// Compares worlds. An import that is new in all released worlds that include one of ours belongs there.
    pub(super) fn new(ours: &Worlds, released: &Worlds, package: &str) -> Plan {
        let mut plan = Plan {
            kept: BTreeMap::new(),
            new: BTreeMap::new(),
        };
        let flat: BTreeMap<&str, Vec<(String, Inside)>> = released
            .list
            .iter()
            .map(|world| (world.name.as_str(), released.flat(&world.name, package)))
            .collect();
        let has = |root: &str, key: &str| flat[root].iter().any(|(name, _)| name == key);
        let roots = |name: &str| -> Vec<&str> {
            let includes = |root: &&str| {
                let included = ours.included(root, &mut BTreeSet::new());
                included.iter().any(|world| world.name == name)
            };
            flat.keys().copied().filter(includes).collect()
        };
        for (root, items) in &flat {
            let here: BTreeSet<String> =
                ours.flat(root, package).into_iter().map(|(key, _)| key).collect();
            let included = ours.included(root, &mut BTreeSet::new());
            let mut before: BTreeMap<&str, String> = BTreeMap::new();
            for (key, inside) in items {
                let holds = |world: &&&World| {
                    world.items.iter().any(|node| tree::key(node, package) == *key)
                };
                if here.contains(key) {
                    if let Some(world) = included.iter().find(holds) {
                        before.insert(&world.name, key.clone());
                    }
                    continue;
                }
                let is_place = |world: &&&World| {
                    let is_export = inside.node.kind() == SyntaxKind::Export;
                    roots(&world.name).iter().all(|root| has(root, key))
                        && (!is_export || flat.contains_key(world.name.as_str()))
                };
                let Some(place) = included.iter().find(is_place) else {
                    continue;
                };
                let new = plan.new.entry(place.name.clone()).or_default();
                let text = new_item(&inside.node, &inside.around);
                if new.iter().all(|(_, other)| *other != text) {
                    new.push((before.get(place.name.as_str()).cloned(), text));
                }
            }
        }
        for world in &ours.list {
            let mut kept = BTreeMap::new();
            let roots = roots(&world.name);
            for root in &roots {
                for (key, inside) in released.flat(root, package) {
                    kept.entry(key).or_insert(inside);
                }
            }
            if !roots.is_empty() {
                plan.kept.insert(world.name.clone(), kept);
            }
        }
        plan
    }

    /// Returns the text of the `{ … }` of a world of ours, with the released items in it.
    pub(super) fn body(&self, merge: &mut Merge<'_>, world: &SyntaxNode, around: &Gates) -> String {
        let name = tree::name(world).unwrap_or_default();
        let path = format!("world {name}");
        let Some(body) = tree::body(world) else {
            return String::new();
        };
        let gates = around.of(world);
        let none = Vec::new();
        let new = self.new.get(&name).unwrap_or(&none);
        let new_after = |key: Option<&str>| -> String {
            let texts = new.iter().filter(|(before, _)| before.as_deref() == key);
            texts.map(|(_, text)| format!("\n{text}")).collect()
        };
        let mut text = String::new();
        for element in body.children_with_tokens() {
            let node = match element {
                NodeOrToken::Node(node) => node,
                NodeOrToken::Token(token) => {
                    text.push_str(token.text());
                    if token.kind() == SyntaxKind::LeftBrace {
                        text.push_str(&new_after(None));
                    }
                    continue;
                }
            };
            let key = tree::key(&node, merge.package);
            let kept = self.kept.get(&name);
            let is_ours = kept.is_none() || node.kind() == SyntaxKind::Include;
            match kept.and_then(|kept| kept.get(&key)) {
                _ if is_ours => text.push_str(&node.to_string()),
                Some(found) => {
                    text.push_str(&merge.item(&path, (&node, &gates), (&found.node, &found.around)))
                }
                None => merge.removed.push(join(&path, &key)),
            }
            text.push_str(&new_after(Some(&key)));
        }
        text
    }
}
