//! Chains: what the worlds say about how their components are linked one behind the other.
//!
//! A world whose component stands in the middle of a chain imports an interface of the shape of one
//! that it exports: the next hop. An imported interface with a function of the same type under another
//! name is for calls on the side. Nothing here knows about HTTP.

use super::shape::Shapes;
use super::site::Site;
use crate::model::{Package, World, WorldItem, WorldItemKind};

/// A chain whose members export the same interface.
pub(super) struct Chain<'a> {
    /// The interface that every member exports.
    pub front: &'a str,
    /// Worlds whose components have a next hop, in the order of the source.
    pub middles: Vec<Member<'a>>,
    /// Worlds whose components have none.
    pub ends: Vec<Member<'a>>,
}

/// A world whose components stand in a chain.
pub(super) struct Member<'a> {
    pub world: &'a World,
    /// The interface that it reaches its next hop through; none at the end.
    pub hop: Option<&'a str>,
    /// Interfaces for calls on the side.
    pub sides: Vec<&'a str>,
}

/// The chains that components of a package's worlds can form.
pub(super) fn chains<'a>(site: &Site<'a>, package: &'a Package) -> Vec<Chain<'a>> {
    let mut shapes = Shapes::new(site);
    let mut chains: Vec<Chain<'a>> = Vec::new();
    for world in &package.worlds {
        for front in named(&world.exports) {
            let member = member(site, &mut shapes, world, front);
            let at = chains.iter().position(|chain| chain.front == front);
            let at = at.unwrap_or_else(|| {
                chains.push(Chain {
                    front,
                    middles: Vec::new(),
                    ends: Vec::new(),
                });
                chains.len() - 1
            });
            match member.hop {
                Some(_) => chains[at].middles.push(member),
                None => chains[at].ends.push(member),
            }
        }
    }
    chains.retain(|chain| !chain.middles.is_empty());
    chains
}

fn member<'a>(
    site: &Site<'a>,
    shapes: &mut Shapes<'_, 'a>,
    world: &'a World,
    front: &'a str,
) -> Member<'a> {
    let mut member = Member {
        world,
        hop: None,
        sides: Vec::new(),
    };
    let shape = match site.interface(front) {
        Some(interface) => shapes.of(interface).clone(),
        None => return member,
    };
    for import in named(&world.imports) {
        let Some(interface) = site.interface(import) else {
            continue;
        };
        let other = shapes.of(interface);
        if shape.is_empty() || other.is_empty() {
            continue;
        }
        // An interface that has a name of its own for the next hop is preferred to the front's own.
        if *other == shape && member.hop.is_none_or(|hop| hop == front) {
            member.hop = Some(import);
        } else if other.iter().any(|(name, ty)| {
            let mut own = shape.iter();
            own.any(|(own, own_ty)| own != name && own_ty == ty)
        }) {
            member.sides.push(import);
        }
    }
    member
}

/// The interfaces with a name among a world's items.
fn named(items: &[WorldItem]) -> impl Iterator<Item = &str> {
    items.iter().filter_map(|item| match &item.kind {
        WorldItemKind::Interface(id) => Some(&**id),
        _ => None,
    })
}
