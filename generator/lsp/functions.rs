//! Functions of the model by the keys of the index.

use crate::model::{Function, Model, WorldItemKind};

/// Returns the function that a key of the index stands for: `a:b@1.0.0/i.f`, `a:b@1.0.0/i.resource.f`,
/// `a:b@1.0.0/world.import:f`.
pub(super) fn find_function<'m>(model: &'m Model, key: &str) -> Option<&'m Function> {
    let (package, path) = key.split_once('/')?;
    let (owner, path) = path.split_once('.')?;
    let id = full_name(package, owner);
    let by_path = |functions: &'m [Function], path: &str| {
        functions.iter().find(|function| function.path() == path)
    };
    let Some(world) = model.world(&id) else {
        return by_path(&model.interface(&id)?.functions, path);
    };
    let (item, path) = path.split_once('.').unwrap_or((path, ""));
    let (direction, name) = item.split_once(':')?;
    let items = if direction == "import" {
        &world.imports
    } else {
        &world.exports
    };
    let item = items.iter().find(|item| item.name == name)?;
    match &item.kind {
        WorldItemKind::Function(function) => Some(function),
        WorldItemKind::Inline(interface) => by_path(&interface.functions, path),
        _ => None,
    }
}

/// Returns the full name of an interface or a world: `wasi:http/proxy@0.3.2` for `proxy` of `wasi:http@0.3.2`.
pub(super) fn full_name(package: &str, name: &str) -> String {
    match package.split_once('@') {
        Some((package, version)) => format!("{package}/{name}@{version}"),
        None => format!("{package}/{name}"),
    }
}
