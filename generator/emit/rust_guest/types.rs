//! Derives, attributes and mapped interfaces of guest glue, in terms of wit-bindgen's options.

use std::collections::BTreeMap;

use heck::{ToKebabCase, ToUpperCamelCase};
use wit_parser::{Resolve, TypeDefKind, TypeId, TypeOwner, WorldItem};

use super::bindings;
use super::prepare::Prepared;
use crate::diagnostic::Result;
use crate::emit::type_options::{
    CheckedOption, CheckedTypes, Derivable, full_name, invalid, not_a_type,
};
use crate::emit::world::Direction;
use crate::names::suggest;

/// Adds an author's options for types to those of the bindings. `own` are interfaces that the glue itself maps.
///
/// # Errors
///
/// An item that this world's glue doesn't have, and an item that doesn't support the option.
pub(super) fn apply(
    types: &CheckedTypes,
    prepared: &Prepared,
    own: &[&str],
    options: &mut bindings::Options,
) -> Result<()> {
    map_interfaces(types, prepared, own, options)?;
    let generated = generated(prepared, options);
    add_attributes(types, prepared, &generated, options)?;
    add_derives(types, prepared, own, &generated, options)
}

fn map_interfaces(
    types: &CheckedTypes,
    prepared: &Prepared,
    own: &[&str],
    options: &mut bindings::Options,
) -> Result<()> {
    let imports = prepared.interfaces(Direction::Import);
    let imports: Vec<String> =
        imports.map(|both| prepared.original.name_world_key(both.original)).collect();
    for CheckedOption {
        item,
        value,
        argument,
    } in &types.with
    {
        if own.contains(&item.as_str()) {
            let message =
                format!("`{item}` can't be mapped, because the glue defines its types itself");
            let help =
                "to share them with other glue, pass the path of its runtime with `--runtime`";
            return Err(invalid(message, argument.clone(), help));
        }
        if !imports.contains(item) {
            let message = format!("the world doesn't import `{item}`");
            let imports: Vec<&str> = imports.iter().map(String::as_str).collect();
            let help = suggest(item, "imports", &imports);
            return Err(invalid(message, argument.clone(), &help));
        }
        options.with.push((item.clone(), value.clone()));
    }
    Ok(())
}

/// Returns the records, variants and enums that the bindings will contain, by their full names; exported types may have the
/// name of imported ones.
fn generated(prepared: &Prepared, options: &bindings::Options) -> BTreeMap<String, Vec<TypeId>> {
    let resolve = &prepared.original;
    let world = &resolve.worlds[prepared.world];
    let is_mapped = |id: &str| options.with.iter().any(|(interface, _)| interface == id);
    let items = world.imports.iter().chain(&world.exports);
    let ids = items.flat_map(|(key, item)| match item {
        WorldItem::Type { id, .. } => vec![*id],
        WorldItem::Interface { .. } if is_mapped(&resolve.name_world_key(key)) => Vec::new(),
        WorldItem::Interface { id, .. } => {
            resolve.interfaces[*id].types.values().copied().collect()
        }
        WorldItem::Function(_) => Vec::new(),
    });
    let mut generated: BTreeMap<String, Vec<TypeId>> = BTreeMap::new();
    for id in ids {
        let kind = &resolve.types[id].kind;
        let is_data = matches!(
            kind,
            TypeDefKind::Record(_) | TypeDefKind::Variant(_) | TypeDefKind::Enum(_)
        );
        if let Some(name) = full_name(resolve, id).filter(|_| is_data) {
            generated.entry(name).or_default().push(id);
        }
    }
    generated
}

fn add_attributes(
    types: &CheckedTypes,
    prepared: &Prepared,
    generated: &BTreeMap<String, Vec<TypeId>>,
    options: &mut bindings::Options,
) -> Result<()> {
    for CheckedOption {
        item,
        value,
        argument,
    } in &types.attributes
    {
        if let Some(ids) = generated.get(item) {
            let selectors = ids.iter().map(|id| selector(&prepared.readable, *id));
            let attributes = selectors.map(|selector| (selector, value.clone()));
            options.type_attributes.extend(attributes);
            continue;
        }
        let member = generated.iter().find_map(|(owner, ids)| {
            let index = member(&prepared.original, owner, ids[0], item)?;
            Some((ids, index))
        });
        let Some((ids, index)) = member else {
            return Err(not_a_type(item, argument.clone()));
        };
        for id in ids {
            let member = &members(&prepared.readable, *id)[index];
            let selector = format!("{}.{member}", selector(&prepared.readable, *id));
            options.member_attributes.push((selector, value.clone()));
        }
    }
    Ok(())
}

/// Returns the position of a field or a case with a full name, in a type with a full name.
fn member(resolve: &Resolve, owner: &str, id: TypeId, name: &str) -> Option<usize> {
    let (owner, owner_version) = owner.split_once('@').unwrap_or((owner, ""));
    let (name, version) = name.split_once('@').unwrap_or((name, ""));
    let member = name.strip_prefix(owner)?.strip_prefix('.')?;
    if version != owner_version {
        return None;
    }
    members(resolve, id).iter().position(|it| it == member)
}

fn members(resolve: &Resolve, id: TypeId) -> Vec<String> {
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => {
            record.fields.iter().map(|field| field.name.clone()).collect()
        }
        TypeDefKind::Variant(variant) => {
            variant.cases.iter().map(|case| case.name.clone()).collect()
        }
        TypeDefKind::Enum(cases) => cases.cases.iter().map(|case| case.name.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Returns the name by which wit-bindgen finds a type: `shop:api/types@1.0.0/order`.
fn selector(resolve: &Resolve, id: TypeId) -> String {
    let ty = &resolve.types[id];
    let name = ty.name.as_deref().unwrap_or_default();
    let owner = match ty.owner {
        TypeOwner::Interface(id) => resolve.id_of(id),
        TypeOwner::World(id) => Some(resolve.worlds[id].name.clone()),
        TypeOwner::None => None,
    };
    owner.map_or_else(|| name.to_owned(), |owner| format!("{owner}/{name}"))
}

fn add_derives(
    types: &CheckedTypes,
    prepared: &Prepared,
    own: &[&str],
    generated: &BTreeMap<String, Vec<TypeId>>,
    options: &mut bindings::Options,
) -> Result<()> {
    if types.derives.is_empty() {
        return Ok(());
    }
    let resolve = &prepared.original;
    let mut derivable = Derivable::new(resolve, &types.derives, false);
    let is_own = |id: &str| own.contains(&id);
    for (id, interface) in resolve.interfaces.iter() {
        if resolve.id_of(id).as_deref().is_some_and(is_own) {
            derivable.exclude(interface.types.values().copied());
        }
    }
    // wit-bindgen leaves types out by their plain names.
    let mut by_name: BTreeMap<String, (Option<&str>, Option<&str>)> = BTreeMap::new();
    for (full_name, ids) in generated {
        for id in ids {
            let name = prepared.readable.types[*id].name.as_deref().unwrap_or_default();
            let name = name.to_upper_camel_case().to_kebab_case();
            let entry = by_name.entry(name).or_default();
            let place = if derivable.has(*id) {
                &mut entry.0
            } else {
                &mut entry.1
            };
            *place = Some(full_name);
        }
    }
    for (name, has) in by_name {
        match has {
            (Some(derives), Some(does_not)) => {
                let list = types.list_of_derives();
                let message = format!(
                    "`{derives}` can derive {list}, and `{does_not}` of the same name can't"
                );
                let help =
                    "wit-bindgen can't tell them apart; use `--attribute` for single types instead";
                return Err(invalid(message, types.derive_arguments(), help));
            }
            (None, Some(_)) => options.derive_ignore.push(name),
            _ => {}
        }
    }
    options.derives.extend(types.derives.iter().cloned());
    Ok(())
}
