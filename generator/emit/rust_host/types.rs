//! Derives and mapped interfaces of host glue, in terms of `bindgen!`.

use wit_parser::{Interface, Resolve, TypeDefKind, TypeId, WorldItem, WorldKey};

use super::analysis::Analysis;
use crate::diagnostic::Result;
use crate::emit::type_options::{CheckedTypes, Derivable, full_name, invalid};
use crate::names::suggest;

/// Rejects options that `bindgen!` doesn't have.
///
/// # Errors
///
/// An attribute of a single type.
pub(super) fn refuse_attributes(types: &CheckedTypes) -> Result<()> {
    let Some(option) = types.attributes.first() else {
        return Ok(());
    };
    let message = format!(
        "types of host glue can't have attributes: `{}`",
        option.item
    );
    let help = "wasmtime's `bindgen!` only supports derives for all types; pass `--guest` to generate only guest glue";
    Err(invalid(message, option.argument.clone(), help))
}

/// Checks options for a world's types.
///
/// # Errors
///
/// An interface that the world doesn't import or that the glue maps itself, and a trait that one of the types can't derive.
pub(super) fn check(types: &CheckedTypes, analysis: &Analysis<'_>) -> Result<()> {
    check_mapped(types, analysis)?;
    check_derives(types, analysis)
}

fn check_mapped(types: &CheckedTypes, analysis: &Analysis<'_>) -> Result<()> {
    let resolve = analysis.world.resolve;
    let items = resolve.worlds[analysis.world.id].imports.iter();
    let imports: Vec<(String, &Interface)> = items
        .filter_map(|item| named_interface(resolve, item))
        .filter(|(id, _)| !is_wasi(analysis, id))
        .collect();
    for option in &types.with {
        let id = &option.item;
        let (message, help) = match imports.iter().find(|(import, _)| import == id) {
            None => {
                let imports: Vec<&str> = imports.iter().map(|(id, _)| id.as_str()).collect();
                (
                    format!("the world has no import `{id}` whose types could be elsewhere"),
                    suggest(id, "imports", &imports),
                )
            }
            Some((_, interface)) if !interface.functions.is_empty() => (
                format!("`{id}` has functions, which the host has to implement for this world"),
                "in host glue, `--with` maps only interfaces without functions; leave out the option".into(),
            ),
            Some(_) => continue,
        };
        return Err(invalid(message, option.argument.clone(), &help));
    }
    Ok(())
}

fn check_derives(types: &CheckedTypes, analysis: &Analysis<'_>) -> Result<()> {
    if types.derives.is_empty() {
        return Ok(());
    }
    let resolve = analysis.world.resolve;
    let mut derivable = Derivable::new(resolve, &types.derives, true);
    for id in generated(types, analysis, &mut derivable) {
        let kind = &resolve.types[id].kind;
        let is_data = matches!(
            kind,
            TypeDefKind::Record(_) | TypeDefKind::Variant(_) | TypeDefKind::Enum(_)
        );
        if is_data && !derivable.has(id) {
            let name = full_name(resolve, id).unwrap_or_default();
            let message = format!(
                "`{name}` can't derive {} in host glue",
                types.list_of_derives()
            );
            let help = "wasmtime's `bindgen!` derives a trait for all types, and this one has a part without it; \
                        pass `--guest` to generate only guest glue";
            return Err(invalid(message, types.derive_arguments(), help));
        }
    }
    Ok(())
}

/// Returns the types that `bindgen!` makes. Those of WASI derive nothing more.
fn generated(
    types: &CheckedTypes,
    analysis: &Analysis<'_>,
    derivable: &mut Derivable<'_>,
) -> Vec<TypeId> {
    let resolve = analysis.world.resolve;
    let world = &resolve.worlds[analysis.world.id];
    let mut generated: Vec<TypeId> = world
        .imports
        .values()
        .filter_map(|item| match item {
            WorldItem::Type { id, .. } => Some(*id),
            _ => None,
        })
        .collect();
    let items = world.imports.iter().chain(&world.exports);
    for (id, interface) in items.filter_map(|item| named_interface(resolve, item)) {
        let of_interface = interface.types.values().copied();
        if is_wasi(analysis, &id) {
            derivable.exclude(of_interface);
        } else if !types.maps(&id) {
            generated.extend(of_interface);
        }
    }
    generated
}

fn is_wasi(analysis: &Analysis<'_>, id: &str) -> bool {
    analysis.wasi.iter().any(|import| import.id == id)
}

fn named_interface<'a>(
    resolve: &'a Resolve,
    (key, item): (&WorldKey, &WorldItem),
) -> Option<(String, &'a Interface)> {
    match item {
        WorldItem::Interface { id, .. } => {
            Some((resolve.name_world_key(key), &resolve.interfaces[*id]))
        }
        _ => None,
    }
}
