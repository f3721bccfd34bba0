//! The proof that a composition fits its world.

use wit_component::DecodedWasm;
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem, WorldKey};

use super::hop::Hop;
use super::name::{HANDLER, InterfaceName, ORIGIN};
use crate::built_for::other_versions;
use crate::component;
use crate::decode::decode;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::source::embedded_package;

/// The world that a composition fits.
pub(super) struct Fit {
    /// Its full name.
    pub world: String,
    /// Imports that the world doesn't have.
    pub extra_imports: Vec<String>,
}

/// Checks that a composition fits the world that its open hops say: `service` if there are none, `proxy` or
/// `middleware` if there is only the one of that world. Any others are imports on top of what a service has.
/// Members may import more than that from the host; the rest fits then.
pub(super) fn check(open_hops: &[Hop], composition: &[u8]) -> Result<Fit> {
    let package = embedded_package()?;
    let (name, more) = match open_hops {
        [only] if !only.is_labelled() && only.interface().path == ORIGIN => ("proxy", &[][..]),
        [only] if !only.is_labelled() && only.interface().path == HANDLER => {
            ("middleware", &[][..])
        }
        more => ("service", more),
    };
    let world = package.select_world(Some(name))?;
    let mut resolve = package.resolve().clone();
    let unknown = add_imports(&mut resolve, world, more);
    let world_name = package.world_id(world);
    let misfit = |reason: &str| {
        let message = format!("the composed chain does not fit `{world_name}`: {reason}");
        let error = Diagnostic::error(codes::MISFIT, message).help(
            "nothing was written; build its members against `wasi:http` as `witgen new` does",
        );
        let others = other_versions(package, composition).unwrap_or_default();
        let others = others.iter().map(|other| format!("it is built for {other}"));
        others.fold(error, Diagnostic::help)
    };
    let mut extra_imports = Vec::new();
    if let Err(reason) = component::target(&resolve, world, composition) {
        let (rest, extra) = without_extras(&resolve, world, composition)
            .map_err(|error| misfit(&format!("{error:#}")))?;
        if extra.is_empty() {
            return Err(misfit(&reason).into());
        }
        component::target(&resolve, world, &rest).map_err(|reason| misfit(&reason))?;
        extra_imports =
            extra.into_iter().filter(|name| !unknown.contains(&name.as_str())).collect();
    }
    Ok(Fit {
        world: world_name,
        extra_imports,
    })
}

/// Adds next hops to the imports of a world, if it knows their interfaces; returns the imports of the others. Those
/// have the shape of a handler, by which they were recognized.
fn add_imports<'a>(resolve: &mut Resolve, world: WorldId, hops: &'a [Hop]) -> Vec<&'a str> {
    let mut unknown = Vec::new();
    for hop in hops {
        let mut interfaces = resolve.interfaces.iter().map(|(id, _)| id);
        let is_of_hop = |id: &InterfaceId| {
            let name = resolve.id_of(*id);
            name.is_some_and(|name| InterfaceName::parse(&name).is_compatible(hop.interface()))
        };
        let Some(id) = interfaces.find(is_of_hop) else {
            unknown.push(hop.import());
            continue;
        };
        let key = if hop.is_labelled() {
            WorldKey::Name(hop.import().to_owned())
        } else {
            WorldKey::Interface(id)
        };
        let item = WorldItem::Interface {
            id,
            stability: Default::default(),
            docs: Default::default(),
            span: Default::default(),
            external_id: None,
        };
        resolve.worlds[world].imports.insert(key, item);
    }
    unknown
}

/// A component of the composition's type but for the imports that the world doesn't have, and these.
fn without_extras(
    resolve: &Resolve,
    world: WorldId,
    composition: &[u8],
) -> anyhow::Result<(Vec<u8>, Vec<String>)> {
    let wanted: Vec<_> = resolve.worlds[world]
        .imports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect();
    let DecodedWasm::Component(mut found, world) =
        decode(composition).map_err(anyhow::Error::msg)?
    else {
        anyhow::bail!("it is a WIT package");
    };
    let is_wanted = |name: &str| {
        let name = InterfaceName::parse(name);
        let mut wanted = wanted.iter().map(|name| InterfaceName::parse(name));
        wanted.any(|wanted| wanted.is_compatible(&name))
    };
    let imports = found.worlds[world].imports.keys();
    let (rest, extra): (Vec<_>, Vec<_>) =
        imports.cloned().partition(|key| is_wanted(&found.name_world_key(key)));
    let extra_names = extra.iter().map(|key| found.name_world_key(key)).collect();
    found.worlds[world].imports.retain(|key, _| rest.contains(key));
    Ok((component::of_world(&found, world)?, extra_names))
}
