//! Chains: what the worlds say about how their components are linked one behind the other.
//!
//! A world for members in the middle of a chain imports an interface with the shape of one that it exports: the next hop. An
//! imported interface with a function of the same type under another name is for side calls. This module doesn't depend on
//! HTTP.

use indexmap::IndexMap;

use super::site::Site;
use crate::compare::{Types, WithinModel, pair};
use crate::model::{Function, Interface, Package, World, WorldItem, WorldItemKind};

/// A chain whose members export the same interface.
pub(super) struct Chain<'a> {
    /// The interface that every member exports.
    pub front: &'a str,
    /// Worlds whose components have a next hop, in the order of the source.
    pub middles: Vec<Member<'a>>,
    /// Worlds whose components have none.
    pub ends: Vec<Member<'a>>,
}

/// A world whose components are members of a chain.
pub(super) struct Member<'a> {
    pub world: &'a World,
    /// Its imports for next hops; none at the end of a chain.
    pub hops: Vec<Hop<'a>>,
    /// Its imports for side calls.
    pub sides: Vec<Hop<'a>>,
}

/// An import that a component makes calls through.
#[derive(Clone, Copy)]
pub(super) struct Hop<'a> {
    /// The name that the world has for it: the interface's, or a label.
    pub name: &'a str,
    pub interface: &'a str,
}

/// The chains that components of a package's worlds can form.
pub(super) fn chains<'a>(site: &Site<'a>, package: &'a Package) -> Vec<Chain<'a>> {
    let types = Types::new(WithinModel {
        index: &site.index,
        counterparts: None,
    });
    let mut chains: IndexMap<&str, Chain<'a>> = IndexMap::new();
    let mut left = MAX_COMPARISONS;
    for world in &package.worlds {
        let Some(rest) = left.checked_sub(comparisons(site, world)) else {
            continue;
        };
        left = rest;
        for Hop {
            interface: front, ..
        } in named(&world.exports)
        {
            let member = member(site, &types, world, front);
            let chain = chains.entry(front).or_insert_with(|| Chain {
                front,
                middles: Vec::new(),
                ends: Vec::new(),
            });
            if member.hops.is_empty() {
                chain.ends.push(member);
            } else {
                chain.middles.push(member);
            }
        }
    }
    chains.into_values().filter(|chain| !chain.middles.is_empty()).collect()
}

/// The most comparisons of an exported interface or function with an imported one, for all worlds of a package.
/// Worlds that would take more are left out.
const MAX_COMPARISONS: usize = 1_000_000;

/// How many comparisons of exported and imported interfaces and functions a world takes.
fn comparisons(site: &Site<'_>, world: &World) -> usize {
    let size = |items| -> usize {
        let interfaces = named(items).filter_map(|item| site.interface(item.interface));
        interfaces.map(|interface| 1 + interface.functions.len()).sum()
    };
    size(&world.exports).saturating_mul(size(&world.imports))
}

fn member<'a>(
    site: &Site<'a>,
    types: &Types<WithinModel<'_, 'a>>,
    world: &'a World,
    front: &'a str,
) -> Member<'a> {
    let mut member = Member {
        world,
        hops: Vec::new(),
        sides: Vec::new(),
    };
    let Some(front_interface) = site.interface(front) else {
        return member;
    };
    for import in named(&world.imports) {
        let Some(interface) = site.interface(import.interface) else {
            continue;
        };
        if has_same_functions(types, front_interface, interface) {
            member.hops.push(import);
        } else if has_side_call(types, front_interface, interface) {
            member.sides.push(import);
        }
    }
    member
}

/// Whether two interfaces have functions, and equal ones under the same names.
fn has_same_functions<'a>(
    types: &Types<WithinModel<'_, 'a>>,
    front: &'a Interface,
    other: &'a Interface,
) -> bool {
    let functions = pair(&front.functions, &other.functions, |f: &'a Function| {
        f.component_name.as_str()
    });
    !functions.first.is_empty()
        && functions.added.is_empty()
        && functions.removed().next().is_none()
        && functions.common().all(|(a, b)| types.functions(a, b).next().is_none())
}

/// Whether an interface has a function that is equal to one of the front's but for its name.
fn has_side_call<'a>(
    types: &Types<WithinModel<'_, 'a>>,
    front: &'a Interface,
    other: &'a Interface,
) -> bool {
    other.functions.iter().any(|function| {
        front.functions.iter().any(|own| {
            own.component_name != function.component_name
                && types.functions(own, function).next().is_none()
        })
    })
}

/// The interfaces with a name among a world's items.
fn named(items: &[WorldItem]) -> impl Iterator<Item = Hop<'_>> {
    items.iter().filter_map(|item| match &item.kind {
        WorldItemKind::Interface(id) => Some(Hop {
            name: &item.name,
            interface: id,
        }),
        _ => None,
    })
}
