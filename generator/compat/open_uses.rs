//! Types of other packages that interfaces of no world use. A component that imports such an interface imports these too.

use std::collections::{HashMap, HashSet};

use super::view::View;
use crate::model::TypeName;

/// Names of types, by the full names of their interfaces.
pub(super) type UsedTypes<'a> = HashMap<&'a str, HashSet<String>>;

/// Returns the types of other packages that the package's interfaces use, directly or through other types. `reached` are the
/// interfaces that a world has.
pub(super) fn used_by_open<'a>(view: &View<'a>, reached: &HashSet<&str>) -> UsedTypes<'a> {
    let own = view.model.package().interfaces.iter();
    let open = own.filter(|interface| !reached.contains(&*interface.id));
    let mut pending: Vec<&'a TypeName> = Vec::new();
    for def in open.flat_map(|interface| &interface.types) {
        def.names(&mut |name| pending.push(name));
    }
    let mut used: UsedTypes<'a> = HashMap::new();
    let mut seen = HashSet::new();
    while let Some(name) = pending.pop() {
        if !seen.insert(name) {
            continue;
        }
        if !view.is_own(&name.owner) {
            used.entry(&name.owner).or_default().insert(name.name.clone());
        }
        if let Some(def) = view.index.type_def(&name.owner, &name.name) {
            def.names(&mut |name| pending.push(name));
        }
    }
    used.retain(|owner, _| !reached.contains(owner));
    used
}
