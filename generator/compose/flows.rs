//! The messages between the members of a chain, for its plan.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::name::{HANDLER, InterfaceName};
use crate::diagnostic::Result;
use crate::model::{TypeKind, describe};
use crate::source::embedded_package;

/// The messages between members, by the handler's interface.
struct Carried {
    /// Its functions as WIT.
    functions: Vec<String>,
    /// The types that it uses, by their interfaces.
    types: BTreeMap<String, Vec<String>>,
}

/// Returns the messages between members; none if there is no handler.
fn carried() -> Result<Carried> {
    let model = describe(embedded_package()?);
    let mut carried = Carried {
        functions: Vec::new(),
        types: BTreeMap::new(),
    };
    let mut interfaces = model.package().interfaces.iter();
    let Some(handler) =
        interfaces.find(|interface| InterfaceName::parse(&interface.id).path == HANDLER)
    else {
        return Ok(carried);
    };
    carried.functions.extend(handler.functions.iter().map(ToString::to_string));
    for def in &handler.types {
        if let TypeKind::Use(used) = &def.kind {
            let owner = carried.types.entry(InterfaceName::parse(&used.owner).path);
            owner.or_default().push(def.name.clone());
        }
    }
    Ok(carried)
}

/// Returns the handler's functions as WIT, and the types that they carry between members, with the names of these imports.
pub(super) fn flows<'a>(imports: impl Iterator<Item = &'a str> + Clone) -> Result<Vec<String>> {
    static CARRIED: LazyLock<Result<Carried>> = LazyLock::new(carried);
    let carried = CARRIED.as_ref().map_err(Clone::clone)?;
    let mut types = BTreeMap::<&str, Vec<&str>>::new();
    for (owner, names) in &carried.types {
        // The composition may have them in another version.
        let import = imports.clone().find(|name| InterfaceName::parse(name).path == *owner);
        let owner = import.unwrap_or(owner);
        types.entry(owner).or_default().extend(names.iter().map(String::as_str));
    }
    let types = types
        .into_iter()
        .map(|(owner, names)| format!("{} of {owner}", names.join(", ")));
    Ok(carried.functions.iter().cloned().chain(types).collect())
}
