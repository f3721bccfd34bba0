//! Encoded packages and components, decoded: whatever the bytes are, without a panic, without an end
//! that never comes, and without anything in it that WIT couldn't say.

use wit_component::DecodedWasm;
use wit_parser::{Resolve, Stability, WorldItem, validate_id};

use crate::caught::caught;
use crate::package_circle;

/// Decodes an encoded package, or the world of a component.
///
/// # Errors
///
/// Why it can't be decoded.
pub(crate) fn decode(bytes: &[u8]) -> Result<DecodedWasm, String> {
    if let Some(package) = package_circle::find(bytes) {
        return Err(format!(
            "its package `{package}` depends on itself, which WIT cannot say"
        ));
    }
    let decoded = caught(|| wit_component::decode(bytes))?;
    let decoded = decoded.map_err(|error| format!("{error:#}"))?;
    match unsayable(decoded.resolve()) {
        Some(feature) => Err(format!(
            "it names the feature {feature:?}, which is no identifier"
        )),
        None => Ok(decoded),
    }
}

/// A feature whose name isn't one. All other names are checked when they are decoded; this one would be
/// printed as it is, and could be read back as anything.
fn unsayable(resolve: &Resolve) -> Option<String> {
    let interfaces = resolve.interfaces.iter().flat_map(|(_, interface)| {
        let functions = interface
            .functions
            .values()
            .map(|function| &function.stability);
        functions.chain([&interface.stability])
    });
    let worlds = resolve.worlds.iter().flat_map(|(_, world)| {
        let items = world.imports.values().chain(world.exports.values());
        let items = items.filter_map(|item| match item {
            WorldItem::Interface { stability, .. } => Some(stability),
            WorldItem::Function(function) => Some(&function.stability),
            WorldItem::Type { .. } => None,
        });
        let includes = world.includes.iter().map(|include| &include.stability);
        items.chain(includes).chain([&world.stability])
    });
    let types = resolve.types.iter().map(|(_, ty)| &ty.stability);
    let mut features =
        interfaces
            .chain(worlds)
            .chain(types)
            .filter_map(|stability| match stability {
                Stability::Unstable { feature, .. } => Some(feature),
                Stability::Unknown | Stability::Stable { .. } => None,
            });
    features
        .find(|feature| validate_id(feature).is_err())
        .cloned()
}
