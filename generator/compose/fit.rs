//! The proof that a composition fits its world.

use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldId};

use super::Chain;
use super::name::{InterfaceName, ORIGIN};
use crate::built_for::other_versions;
use crate::component;
use crate::decode::decode;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::source::{self, Features, Source};

/// The world that a composition fits.
pub(super) struct Fit {
    /// Its full name.
    pub world: String,
    /// Imports that the world doesn't have.
    pub extra_imports: Vec<String>,
}

/// Checks that a composition fits the world that its chain says: `service` if it is closed, `proxy`
/// or `middleware` if it is open. Members may import more than that from the host; the rest fits then.
pub(super) fn check(chain: &Chain, composition: &[u8]) -> Result<Fit> {
    let package = source::load(&Source::Embedded, &Features::default())?;
    let name = match chain.next_hop() {
        None => "service",
        Some(next_hop) if next_hop.path == ORIGIN => "proxy",
        Some(_) => "middleware",
    };
    let world = package.select_world(Some(name))?;
    let fit = component::fit(&package, world, composition);
    let mut proven = Fit {
        world: fit.world,
        extra_imports: Vec::new(),
    };
    let Err(reason) = fit.result else {
        return Ok(proven);
    };
    let misfit = |reason: &str| {
        let world = package.world_id(world);
        let message = format!("the composed chain does not fit `{world}`: {reason}");
        let error = Diagnostic::error(codes::MISFIT, message).help(
            "nothing was written; build its members against `wasi:http` as `witgen new` does",
        );
        let others = other_versions(&package, composition).unwrap_or_default();
        let others = others.iter().map(|other| format!("it is built for {other}"));
        others.fold(error, Diagnostic::help)
    };
    let (rest, extra_imports) = without_extras(package.resolve(), world, composition)
        .map_err(|error| misfit(&format!("{error:#}")))?;
    if extra_imports.is_empty() {
        return Err(misfit(&reason).into());
    }
    match component::fit(&package, world, &rest).result {
        Ok(()) => proven.extra_imports = extra_imports,
        Err(reason) => return Err(misfit(&reason).into()),
    }
    Ok(proven)
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
