//! Functions that are too large if their types are written out: wit-bindgen generates code for each part of a parameter and of
//! a result, wherever it is used. Also worlds with a large number of types: wit-bindgen compares each alias, list and tuple
//! with every other type, and copies an interface's bindings for each of its resources and functions.

use std::collections::HashSet;

use wit_parser::{LiveTypes, Type, TypeDefKind, TypeId, WorldItem};

use crate::emit::unsupported::Finding;
use crate::emit::world::World;
use crate::limits::{Sizes, more_parts};
use crate::parts::parts;

/// The most parts that the functions of a world have in any case.
const MAX_PARTS: u64 = 100_000;

/// How many times as many parts a large world has at most, as it has where each type counts once.
const MAX_REPETITION: u64 = 20;

/// The most comparisons of types.
const MAX_COMPARISONS: usize = 2_000_000_000;

/// The most resources and functions in one interface; so many take several GB.
const MAX_RESOURCES: usize = 2_000;
const MAX_FUNCTIONS: usize = 20_000;

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    parts_of_functions(world)
        .or_else(|| comparisons(world))
        .or_else(|| large_interface(world))
        .into_iter()
        .collect()
}

fn parts_of_functions(world: &World<'_>) -> Option<Finding> {
    let sizes = Sizes::of(world.resolve);
    let functions = || world.functions().map(|(_, function)| function);
    let total = functions().fold(0, |total: u64, f| total.saturating_add(sizes.function(f)));
    if total <= MAX_PARTS {
        return None;
    }
    let types = functions().flat_map(|function| {
        let params = function.params.iter().map(|param| param.ty);
        params.chain(function.result)
    });
    let types: Vec<Type> = types.collect();
    if total <= once(world, types.clone()).saturating_mul(MAX_REPETITION) {
        return None;
    }
    if let Some(id) = types.iter().find_map(|ty| sizes.large_type(*ty, MAX_PARTS)) {
        let def = &world.resolve.types[id];
        return Some(Finding {
            text: format!(
                "the type `{}` has {}",
                def.name.as_deref().unwrap_or_default(),
                more_parts(MAX_PARTS)
            ),
            span: def.span,
        });
    }
    let largest = functions().max_by_key(|function| sizes.function(function))?;
    Some(Finding {
        text: format!(
            "the functions have {}; the largest of them is `{}`",
            more_parts(MAX_PARTS),
            largest.name
        ),
        span: largest.span,
    })
}

/// How many parts these types have where each type counts once.
fn once(world: &World<'_>, types: Vec<Type>) -> u64 {
    let mut seen: HashSet<TypeId> = HashSet::new();
    let mut pending = types;
    let mut count = 0;
    while let Some(ty) = pending.pop() {
        count += 1;
        if let Type::Id(id) = ty
            && seen.insert(id)
        {
            pending.extend(parts(world.kind(id)));
        }
    }
    count
}

fn comparisons(world: &World<'_>) -> Option<Finding> {
    let mut live = LiveTypes::default();
    live.add_world(world.resolve, world.id);
    let is_compared = |id: &TypeId| {
        !matches!(
            world.kind(*id),
            TypeDefKind::Record(_)
                | TypeDefKind::Variant(_)
                | TypeDefKind::Enum(_)
                | TypeDefKind::Flags(_)
                | TypeDefKind::Resource
        )
    };
    let compared = live.iter().filter(is_compared).count();
    (compared.saturating_mul(live.len()) > MAX_COMPARISONS).then(|| Finding {
        text: format!(
            "the world has {} types; wit-bindgen compares each of its {compared} aliases, lists, tuples and handles with every type",
            live.len()
        ),
        span: world.resolve.worlds[world.id].span,
    })
}

fn large_interface(world: &World<'_>) -> Option<Finding> {
    world.items().find_map(|(_, _, item)| {
        let WorldItem::Interface { id, .. } = item else {
            return None;
        };
        let interface = &world.resolve.interfaces[*id];
        let is_resource = |id: &&TypeId| matches!(world.kind(**id), TypeDefKind::Resource);
        let resources = interface.types.values().filter(is_resource).count();
        let functions = interface.functions.len();
        let large = if resources > MAX_RESOURCES {
            format!("{resources} resources")
        } else if functions > MAX_FUNCTIONS {
            format!("{functions} functions")
        } else {
            return None;
        };
        Some(Finding {
            text: format!(
                "the interface `{}` has {large}, and wit-bindgen copies its bindings for each of them",
                interface.name.as_deref().unwrap_or_default()
            ),
            span: interface.span,
        })
    })
}
