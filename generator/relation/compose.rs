//! Chains of components of some worlds, which are components of a world.

use super::Relation;
use super::shape::Shapes;
use super::subject::Subject;
use crate::component;
use crate::compose::{Chain, Member};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::model::{Direction, Interface, Position, World, WorldItemKind};

pub(super) fn check(
    subject: &Subject<'_>,
    relation: &Relation,
    names: &[String],
    world: &str,
    is: bool,
) -> Result<Vec<Diagnostic>> {
    let target = subject.world(relation, world)?;
    let worlds = names
        .iter()
        .map(|name| subject.world(relation, name))
        .collect::<Result<Vec<_>>>()?;
    let members = worlds
        .iter()
        .enumerate()
        .map(|(at, world)| {
            let earlier = worlds[..at].iter().filter(|other| other.id == world.id);
            member(subject, relation, world, earlier.count())
        })
        .collect::<Result<Vec<_>>>()?;
    let fits = fits(subject, members, target);
    let chain: Vec<&str> = worlds.iter().map(|world| world.name.as_str()).collect();
    let (chain, target_name) = (chain.join(" over "), &target.name);
    let finding = match (fits, is) {
        (Ok(()), true) | (Err(_), false) => return Ok(Vec::new()),
        (Ok(()), false) => {
            let message = format!("{chain} is a `{target_name}`, and should not be");
            Diagnostic::error(codes::RELATION_COMPOSE, message)
                .help("what tells the worlds apart has gone: compare the two")
        }
        (Err(misfit), true) => {
            let misfit = worlds
                .windows(2)
                .find_map(|pair| mismatch(subject, pair[0], pair[1]))
                .unwrap_or_else(|| misfit.first().clone());
            let message = format!("{chain} is not a `{target_name}`: {}", misfit.message);
            let finding = misfit.places.iter().cloned().fold(
                Diagnostic::error(codes::RELATION_COMPOSE, message),
                Diagnostic::at,
            );
            misfit.help.iter().cloned().fold(finding, Diagnostic::help)
        }
    };
    let place = place(target.position.as_ref());
    Ok(vec![
        relation.placed(place.into_iter().fold(finding, Diagnostic::at)),
    ])
}

/// A member of a world's exact type. One world may stand in a chain several times.
fn member(
    subject: &Subject<'_>,
    relation: &Relation,
    world: &World,
    earlier: usize,
) -> Result<Member> {
    let place = place(world.position.as_ref());
    let no_member = |reason: &str| {
        let message = format!(
            "world `{}` is not of a member of a chain: {reason}",
            world.name
        );
        let finding = Diagnostic::error(codes::RELATION_COMPOSE, message);
        relation.placed(place.iter().cloned().fold(finding, Diagnostic::at))
    };
    let id = subject.package.select_world(Some(&world.id))?;
    let component = component::of_world(subject.package.resolve(), id)
        .map_err(|error| no_member(&format!("{error:#}")))?;
    let mut name = world.name.to_lowercase();
    if earlier > 0 {
        name.push_str(&"-again".repeat(earlier));
    }
    let member = Member::new(name, &component).map_err(|failure| {
        failure.map(|error| {
            let finding = no_member(&error.message);
            error.help.iter().cloned().fold(finding, Diagnostic::help)
        })
    })?;
    Ok(match &place {
        Some(place) => member.from_place(place.clone()),
        None => member,
    })
}

/// Links the members, and proves that the whole fits its world.
fn fits(subject: &Subject<'_>, members: Vec<Member>, whole: &World) -> Result<()> {
    let linked = Chain::new(members)?.link()?;
    let id = subject.package.select_world(Some(&whole.id))?;
    let fit = component::fit(subject.package, id, &linked);
    fit.result.map_err(|reason| {
        Diagnostic::error(codes::MISFIT, reason)
            .help("the relation asks for another world than the chain is of")
            .into()
    })
}

/// How the next hop that a world imports differs from the handler that the next one exports.
fn mismatch(subject: &Subject<'_>, outer: &World, inner: &World) -> Option<Diagnostic> {
    let next_hop = interface(subject, outer, Direction::Import, &["origin", "handler"])?;
    let handler = interface(subject, inner, Direction::Export, &["handler"])?;
    let mismatch = Shapes::interfaces(&subject.index, handler, next_hop)?;
    let message = format!(
        "`{}`, which `{}` imports, is not the `{}` that `{}` exports: {}",
        next_hop.name, outer.name, handler.name, inner.name, mismatch.what
    );
    let finding = Diagnostic::error(codes::MISFIT, message);
    let places = [mismatch.found, mismatch.expected]
        .into_iter()
        .filter_map(|position| place(position));
    let finding = places.fold(finding, Diagnostic::at);
    Some(finding.help("make the two equal but for their names"))
}

/// The first of these interfaces that a world imports or exports.
fn interface<'a>(
    subject: &Subject<'a>,
    world: &World,
    direction: Direction,
    names: &[&str],
) -> Option<&'a Interface> {
    names.iter().find_map(|name| {
        let mut items = world.items().filter(|(found, _)| *found == direction);
        items.find_map(|(_, item)| match &item.kind {
            WorldItemKind::Interface(id) => {
                let interface = subject.index.interface(id)?;
                (interface.name == *name).then_some(interface)
            }
            _ => None,
        })
    })
}

fn place(position: Option<&Position>) -> Option<Place> {
    Some(position?.clone().into())
}
