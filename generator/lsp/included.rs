//! The imports and exports that an `include` brings into a world.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::index::{Index, Key};
use super::nodes::{child, children, compact, defined_name, text_of, used};
use crate::syntax::{SyntaxKind, SyntaxNode};

/// The items of an `include`.
pub(super) struct Included {
    /// `import NAME` and `export NAME`, each once, in the order of the source.
    pub items: Vec<String>,
    /// Whether there are more, in worlds that weren't looked into.
    pub is_cut: bool,
}

/// New names of an `include`, by the old ones.
type Renames = HashMap<String, String>;

/// The `include`s over which a world is reached, from the last to the first.
struct Path {
    world: Key,
    /// Renames of this `include`, if it has any.
    renames: Option<Renames>,
    /// Whether any `include` of the path has renames.
    has_renames: bool,
    outer: Option<Rc<Path>>,
}

/// The remaining work.
enum Work {
    Item(String),
    Include(usize, SyntaxNode, Rc<Path>),
}

/// Returns the items of the world that an `include` names, with those that it includes itself. Looks into at most `worlds_left`
/// worlds, which it counts down.
pub(super) fn items_of(
    index: &Index,
    file: usize,
    include: &SyntaxNode,
    worlds_left: &mut usize,
) -> Included {
    let around = include.ancestors().find(|node| node.kind() == SyntaxKind::World);
    let start = Rc::new(Path {
        world: around.and_then(|world| index.key_of(file, &world)).unwrap_or_default(),
        renames: None,
        has_renames: false,
        outer: None,
    });
    // A world has the same items by each path without renames.
    let mut seen = HashSet::from([start.world.clone()]);
    let mut named = HashSet::new();
    let mut included = Included {
        items: Vec::new(),
        is_cut: false,
    };
    let mut work = vec![Work::Include(file, include.clone(), start)];
    while let Some(next) = work.pop() {
        let (file, include, path) = match next {
            Work::Item(item) => {
                if named.insert(item.clone()) {
                    included.items.push(item);
                }
                continue;
            }
            Work::Include(file, include, path) => (file, include, path),
        };
        let world = child(&include, SyntaxKind::Path)
            .and_then(|path| children(&path, SyntaxKind::Name).last())
            .and_then(|name| index.resolve(file, &name))
            .and_then(|key| index.definition(&key));
        let Some(world) = world else {
            continue;
        };
        let renames = renames_of(&include);
        let path = Rc::new(Path {
            world: world.key.clone(),
            has_renames: path.has_renames || !renames.is_empty(),
            renames: (!renames.is_empty()).then_some(renames),
            outer: Some(path),
        });
        let is_new = if path.has_renames {
            !path.is_circle()
        } else {
            seen.insert(world.key.clone())
        };
        if !is_new {
            continue;
        }
        if *worlds_left == 0 {
            included.is_cut = true;
            break;
        }
        *worlds_left -= 1;
        let body = index.node(world).and_then(|node| child(&node, SyntaxKind::Body));
        let items: Vec<SyntaxNode> = body.iter().flat_map(SyntaxNode::children).collect();
        work.extend(
            items.into_iter().rev().filter_map(|item| match item.kind() {
                SyntaxKind::Import => Some(Work::Item(format!("import {}", path.renamed(&item)))),
                SyntaxKind::Export => Some(Work::Item(format!("export {}", path.renamed(&item)))),
                SyntaxKind::Include => Some(Work::Include(world.file, item, path.clone())),
                _ => None,
            }),
        );
    }
    included
}

impl Path {
    fn steps(&self) -> impl Iterator<Item = &Path> {
        std::iter::successors(Some(self), |path| path.outer.as_deref())
    }

    /// Whether the path leads through its last world before.
    fn is_circle(&self) -> bool {
        self.steps().skip(1).any(|path| path.world == self.world)
    }

    /// Returns the name that an item of the last world has where the path begins.
    fn renamed(&self, item: &SyntaxNode) -> String {
        let path = child(item, SyntaxKind::Path).map(|path| compact(&path));
        let label = child(item, SyntaxKind::Name).map(|name| text_of(&name));
        let name = label.or(path).unwrap_or_default();
        if !self.has_renames {
            return name;
        }
        self.steps().fold(name, |name, path| {
            let renames = path.renames.as_ref();
            renames.and_then(|renames| renames.get(&name)).cloned().unwrap_or(name)
        })
    }
}

/// Returns the new names that an `include` gives.
fn renames_of(include: &SyntaxNode) -> Renames {
    let list = child(include, SyntaxKind::UseList);
    let names = list.into_iter().flat_map(|list| children(&list, SyntaxKind::UseName));
    names
        .filter_map(|name| Some((text_of(&used(&name)?), text_of(&defined_name(&name)?))))
        .collect()
}
