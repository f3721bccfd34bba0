//! Types whose names in Rust have another meaning in their module: in code that wit-bindgen generates there, or because it
//! derives names of traits and structs from those of resources.

use std::collections::{HashMap, HashSet};

use heck::ToUpperCamelCase;
use wit_parser::{FunctionKind, Resolve, TypeDefKind, TypeId, TypeOwner, WorldId};

use super::module::Module;
use super::placeholder::Placeholders;
use crate::emit::owned_types::rename_types;
use crate::names::unaliased;

/// Renames types whose names have another meaning: a type called `option` is `OptionType`.
pub(super) fn rename(resolve: &mut Resolve, world: WorldId, placeholders: &mut Placeholders) {
    let modules = Module::all(resolve, world);
    let exported: HashSet<TypeId> =
        modules.iter().flat_map(|module| module.exported_resources(resolve)).collect();
    for module in &modules {
        let mut taken = reserved(resolve, module);
        let is_resource = |id: TypeId| exported.contains(&unaliased(resolve, id));
        let (resources, others): (Vec<_>, Vec<_>) =
            module.types.iter().copied().partition(|id| is_resource(*id));
        let mut renamed = HashMap::new();
        for id in resources.into_iter().chain(others) {
            let Some(name) = &resolve.types[id].name else {
                continue;
            };
            let rust_name = name.to_upper_camel_case();
            let owned = |rust_name: &str| -> Vec<String> {
                let mut names = vec![rust_name.to_owned()];
                if is_resource(id) {
                    names.push(format!("{rust_name}Borrow"));
                }
                if is_resource(id) && unaliased(resolve, id) == id {
                    names.push(format!("Guest{rust_name}"));
                }
                names
            };
            let is_free = |rust_name: &str| {
                !owned(rust_name).iter().any(|name| taken.contains(name))
                    && !has_meaning(resolve, module, id, rust_name)
            };
            // wit-bindgen itself writes `Guest_` where a type of this name is used, but not where all kinds of
            // them are made.
            let free = if rust_name == "Guest" && is_free("Guest_") {
                "Guest_".to_owned()
            } else if is_free(&rust_name) {
                rust_name.clone()
            } else {
                let mut free = format!("{rust_name}Type");
                while !is_free(&free) {
                    free.push('_');
                }
                free
            };
            taken.extend(owned(&free));
            if free != rust_name {
                let placeholder = placeholders.add(name, free);
                renamed.insert(id, placeholder);
            }
        }
        let owner = module.interface.map_or(TypeOwner::World(world), TypeOwner::Interface);
        rename_types(resolve, owner, &renamed);
    }
}

/// Returns the names that code in a module uses without a path.
fn reserved(resolve: &Resolve, module: &Module) -> HashSet<String> {
    let mut names = vec!["Self", "Guest"];
    if !module.functions.is_empty() {
        names.extend(["From", "Into", "ParamsLower", "RetArea", "Send"]);
    }
    let has_constructors = module
        .functions
        .iter()
        .any(|(_, function)| matches!(function.kind, FunctionKind::Constructor(_)));
    if has_constructors {
        names.extend(["Result", "Sized"]);
    }
    if !module.exported_resources(resolve).is_empty() {
        names.extend(["Option", "Sized"]);
    }
    names.into_iter().map(str::to_owned).collect()
}

/// Whether code in a module uses a name that a type may not have there, because of what the type is.
fn has_meaning(resolve: &Resolve, module: &Module, id: TypeId, rust_name: &str) -> bool {
    // Functions give short names to variants of other interfaces: `V3`.
    let is_short = rust_name.strip_prefix('V').is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    match resolve.types[id].kind {
        // A struct of flags is also a function that makes it.
        TypeDefKind::Flags(_) => is_short || ["Err", "None", "Ok", "Some"].contains(&rust_name),
        // Its methods have a type parameter.
        TypeDefKind::Resource => is_short || (module.is_exported && rust_name == "T"),
        _ => is_short,
    }
}
