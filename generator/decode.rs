//! Decodes encoded packages and components. For any bytes it neither panics nor loops, and the result contains
//! nothing that WIT text can't express.

use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wit_component::DecodedWasm;
use wit_parser::{Resolve, Stability, WorldItem, validate_id};

use crate::diagnostic::{Diagnostic, codes};
use crate::limits::{Graph, find_deep};
use crate::panics::{call, catch_panic};
use crate::undecodable::{self, Undecodable};

/// Decodes an encoded package, or the world of a component.
///
/// # Errors
///
/// Why it can't be decoded.
pub(crate) fn decode(bytes: &[u8]) -> Result<DecodedWasm, String> {
    require_whole(bytes)?;
    match undecodable::find(bytes) {
        None => {}
        Some(Undecodable::PackageCycle(package)) => {
            return Err(format!(
                "its package `{package}` depends on itself, which WIT can't express"
            ));
        }
        Some(Undecodable::TooDeep(what)) => return Err(what),
    }
    let decoded = call(|| wit_component::decode(bytes)).map_err(|error| format!("{error:#}"))?;
    if let Some(excess) = find_deep(&Graph::of_resolved(decoded.resolve())) {
        return Err(excess.failure.message.clone());
    }
    match invalid_feature(decoded.resolve()) {
        Some(feature) => Err(format!(
            "it names the feature {feature:?}, which is no identifier"
        )),
        None => Ok(decoded),
    }
}

/// Rejects a module or a component with a section that ends after the bytes do. The decoder (wit-parser 0.262,
/// `ComponentInfo::from_reader`) reserves the size that a section claims, 4 GiB at most, before it reads it.
///
/// # Errors
///
/// Why it isn't whole.
pub(crate) fn require_whole(bytes: &[u8]) -> Result<(), String> {
    call(|| {
        Parser::new(0).parse_all(bytes).try_for_each(|section| section.map(drop))?;
        Ok(())
    })
    // Some reasons run over several lines.
    .map_err(|error| error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a component has only types, as an encoded WIT package. It isn't decoded for this, because it wasn't checked yet:
/// decoding never ends if packages form a cycle.
pub(crate) fn holds_types_only(component: &[u8]) -> bool {
    catch_panic(|| exports_types_only(component)).unwrap_or(false)
}

fn exports_types_only(component: &[u8]) -> bool {
    let mut exports = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload {
            Ok(Payload::ComponentExportSection(section)) => exports += section.count(),
            Ok(
                Payload::ComponentTypeSection(_)
                | Payload::CustomSection(_)
                | Payload::Version { .. }
                | Payload::End(_),
            ) => {}
            _ => return false,
        }
    }
    // An empty component is a component.
    exports > 0
}

/// Whether these bytes are a valid component that is no encoded package and within the limits.
pub(crate) fn is_component(bytes: &[u8]) -> bool {
    let is_valid = catch_panic(|| {
        Validator::new_with_features(WasmFeatures::all()).validate_all(bytes).is_ok()
    });
    let is_too_deep = || matches!(undecodable::find(bytes), Some(Undecodable::TooDeep(_)));
    Parser::is_component(bytes)
        && !holds_types_only(bytes)
        && is_valid.unwrap_or(false)
        && !is_too_deep()
}

pub(crate) fn not_wasm() -> Diagnostic {
    Diagnostic::error(codes::NOT_WASM, "the file is not WebAssembly")
        .help("name the `.wasm` file that cargo left in `target/`")
}

pub(crate) fn damaged(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        codes::DAMAGED_WASM,
        format!("the module is damaged: {error}"),
    )
    .help("build it again; it may have been copied or written only in part")
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
