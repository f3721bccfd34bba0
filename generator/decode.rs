//! Decodes encoded packages and components. For any bytes it neither panics nor loops, and the result contains
//! nothing that WIT text can't express.

use wit_component::DecodedWasm;
use wit_parser::{Resolve, Stability, WorldItem, validate_id};

use crate::package_cycle;
use crate::panics::catch_panic;

/// Decodes an encoded package, or the world of a component.
///
/// # Errors
///
/// Why it can't be decoded.
pub(crate) fn decode(bytes: &[u8]) -> Result<DecodedWasm, String> {
    if let Some(package) = package_cycle::find(bytes) {
        return Err(format!(
            "its package `{package}` depends on itself, which WIT cannot say"
        ));
    }
    let decoded =
        catch_panic(|| wit_component::decode(bytes))?.map_err(|error| format!("{error:#}"))?;
    match invalid_feature(decoded.resolve()) {
        Some(feature) => Err(format!(
            "it names the feature {feature:?}, which is no identifier"
        )),
        None => Ok(decoded),
    }
}

/// Returns a feature whose name is no identifier. The decoder checks all other names; an invalid feature
/// would be printed as it is, and could change the meaning of the text.
fn invalid_feature(resolve: &Resolve) -> Option<String> {
    let interfaces = resolve.interfaces.iter().flat_map(|(_, interface)| {
        let functions = interface.functions.values().map(|function| &function.stability);
        functions.chain([&interface.stability])
    });
    let worlds =
        resolve.worlds.iter().flat_map(|(_, world)| {
            let items =
                world.imports.values().chain(world.exports.values()).filter_map(
                    |item| match item {
                        WorldItem::Interface { stability, .. } => Some(stability),
                        WorldItem::Function(function) => Some(&function.stability),
                        WorldItem::Type { .. } => None,
                    },
                );
            let includes = world.includes.iter().map(|include| &include.stability);
            items.chain(includes).chain([&world.stability])
        });
    let types = resolve.types.iter().map(|(_, ty)| &ty.stability);
    interfaces
        .chain(worlds)
        .chain(types)
        .filter_map(|stability| match stability {
            Stability::Unstable { feature, .. } => Some(feature),
            Stability::Unknown | Stability::Stable { .. } => None,
        })
        .find(|feature| validate_id(feature).is_err())
        .cloned()
}
