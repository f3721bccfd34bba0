//! Chains of components of some worlds, which are components of a world.

use std::collections::BTreeMap;

use super::Relation;
use super::shape::Shapes;
use super::subject::Subject;
use crate::component;
use crate::compose::{Chain, Hop, Member, Target};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::model::{Direction, Interface, Position, World, WorldItem, WorldItemKind};

/// The suffix of a member's name if an earlier one has the same world.
const AGAIN: &str = "-again";

pub(super) fn check(
    subject: &Subject<'_>,
    relation: &Relation,
    (names, hops): (&[String], &BTreeMap<String, String>),
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
    let example = example(&members);
    let in_manifest = |failure: Failure| failure.map(|error| in_manifest(&error, &example));
    let fits = match Chain::new(members) {
        Ok(chain) => {
            // A name that means nothing isn't a chain that doesn't fit.
            let chain = lead(subject, relation, chain, hops).map_err(in_manifest)?;
            fits(subject, chain, target)
        }
        Err(failure) => Err(failure),
    };
    let fits = fits.map_err(in_manifest);
    let chain: Vec<&str> = worlds.iter().map(|world| world.name.as_str()).collect();
    let (chain, target_name) = (chain.join(" over "), &target.name);
    let finding = match (fits, is) {
        (Ok(()), true) | (Err(_), false) => return Ok(Vec::new()),
        (Ok(()), false) => {
            let message = format!("{chain} is a `{target_name}`, but the relation forbids it");
            Diagnostic::error(codes::RELATION_COMPOSE, message)
                .help("the difference between the worlds is missing: compare the two")
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

/// A member with exactly the type of a world. A chain may contain one world several times.
fn member(
    subject: &Subject<'_>,
    relation: &Relation,
    world: &World,
    earlier: usize,
) -> Result<Member> {
    let place = place(world.position.as_ref());
    let no_member = |reason: &str| {
        let message = format!(
            "world `{}` can't be that of a member of a chain: {reason}",
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
        name.push_str(&AGAIN.repeat(earlier));
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

/// Connects next hops as the relation requires. A world without a member in the chain gets one.
fn lead(
    subject: &Subject<'_>,
    relation: &Relation,
    mut chain: Chain,
    hops: &BTreeMap<String, String>,
) -> Result<Chain> {
    let mut targets = Vec::new();
    for (name, target) in hops {
        let (caller, hop) = match name.split_once('.') {
            Some((member, hop)) => (member, Some(hop)),
            None => (name.as_str(), None),
        };
        let target = match target.as_str() {
            "host" => Target::Host,
            "deny" => Target::Denied,
            world => {
                let world = subject.world(relation, world)?;
                let is_caller = |member: &Member| member.name() == caller;
                let of_world: Vec<&Member> =
                    chain.members().iter().filter(|member| is_of(member, world)).collect();
                match of_world.iter().find(|member| !is_caller(member)) {
                    Some(member) => Target::Member(member.name().to_owned()),
                    None => {
                        let added = member(subject, relation, world, of_world.len())?;
                        let name = added.name().to_owned();
                        chain = chain.with_member(added)?;
                        Target::Member(name)
                    }
                }
            }
        };
        targets.push((caller, hop, target));
    }
    targets
        .into_iter()
        .try_fold(chain, |chain, (caller, hop, target)| {
            chain.hop(caller, hop, target)
        })
        .map_err(|failure| failure.map(|error| relation.placed(error)))
}

/// Whether a member is one that [`member`] made of a world.
fn is_of(member: &Member, world: &World) -> bool {
    let again = member.name().strip_prefix(&world.name.to_lowercase());
    again.is_some_and(|again| again.replace(AGAIN, "").is_empty())
}

/// Returns what leads the next hops of the member with the most, as `hops` is written.
fn example(members: &[Member]) -> String {
    let most = members.iter().max_by_key(|member| member.next_hops().count());
    let hops = most.into_iter().flat_map(|member| {
        let names = member.next_hops().map(Hop::name);
        names.map(move |hop| format!("\"{}.{hop}\" = \"…\"", member.name()))
    });
    hops.collect::<Vec<_>>().join(", ")
}

/// Returns an error of linking in terms of the manifest, which has no `--hop` and no `--client`.
fn in_manifest(error: &Diagnostic, example: &str) -> Diagnostic {
    let message = error.message.replace("`--hop`", "`hops`");
    let translated = error
        .places
        .iter()
        .cloned()
        .fold(Diagnostic::error(error.code, message), Diagnostic::at);
    let choose = || {
        format!(
            "choose a target for each: `hops = {{ {example} }}`, with a world, \"host\" or \"deny\" for `…`"
        )
    };
    error.help.iter().fold(translated, |translated, help| {
        let is_of_the_command = help.contains("--hop") || help.contains("--client");
        translated.help(match error.code {
            _ if !is_of_the_command => help.clone(),
            codes::AMBIGUOUS_HOP | codes::OPEN_HOP => choose(),
            codes::HOP_CYCLE => "let one of these in `hops` lead to another world".to_owned(),
            codes::TWO_TARGETS => {
                "remove one of them from `hops`, or the member from `compose`".to_owned()
            }
            _ => "remove it from `hops`, which is for next hops".to_owned(),
        })
    })
}

/// Links the members, and proves that the whole fits its world.
fn fits(subject: &Subject<'_>, chain: Chain, whole: &World) -> Result<()> {
    let linked = chain.link()?;
    let id = subject.package.select_world(Some(&whole.id))?;
    let fit = component::fit(subject.package, id, &linked);
    fit.result.map_err(|reason| {
        Diagnostic::error(codes::MISFIT, reason)
            .help("the relation requires another world than the chain's")
            .into()
    })
}

/// How a next hop that a world imports differs from the handler that the next one exports.
fn mismatch(subject: &Subject<'_>, outer: &World, inner: &World) -> Option<Diagnostic> {
    let exports = interfaces(subject, inner, Direction::Export, &["handler"]);
    let (_, handler) = exports.into_iter().next()?;
    let next_hops = interfaces(subject, outer, Direction::Import, &["origin", "handler"]);
    next_hops.into_iter().find_map(|(item, next_hop)| {
        let mismatch = Shapes::interfaces(&subject.index, handler, next_hop)?;
        let name = if item.is_labelled() {
            &item.name
        } else {
            &next_hop.name
        };
        let message = format!(
            "`{name}`, which `{}` imports, doesn't match the `{}` that `{}` exports: {}",
            outer.name, handler.name, inner.name, mismatch.what
        );
        let finding = Diagnostic::error(codes::MISFIT, message);
        let places = [mismatch.found, mismatch.expected]
            .into_iter()
            .filter_map(|position| place(position));
        let finding = places.fold(finding, Diagnostic::at);
        Some(finding.help("make them equal, apart from their names"))
    })
}

/// Returns a world's imports or exports of these interfaces, in the order of the names.
fn interfaces<'a>(
    subject: &Subject<'a>,
    world: &'a World,
    direction: Direction,
    names: &[&str],
) -> Vec<(&'a WorldItem, &'a Interface)> {
    let of_name = |name: &&str| {
        let items = world.items().filter(|(found, _)| *found == direction);
        let found = items.filter_map(|(_, item)| match &item.kind {
            WorldItemKind::Interface(id) => {
                let interface = subject.index.interface(id)?;
                (interface.name == **name).then_some((item, interface))
            }
            _ => None,
        });
        found.collect::<Vec<_>>()
    };
    names.iter().flat_map(of_name).collect()
}

fn place(position: Option<&Position>) -> Option<Place> {
    Some(position?.clone().into())
}
