//! The common knowledge of both sides' glue about `wasi:http@0.3`.

use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeOwner, WorldId,
    WorldItem, WorldKey,
};

use super::rust_names::{Named, ident, reexports, short_to_long};
use crate::names::unaliased;

/// An import through which a component sends requests: an instance with one function, from a request to a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    /// The name of the import: `wasi:http/origin@0.3.1002`, or the label `primary`.
    pub import: String,
    /// As in WIT: `wasi:http/origin@0.3.1002`, or `primary: wasi:http/handler@0.3.1002`.
    pub id: String,
    /// The name in Rust: `origin`, `primary`.
    pub name: String,
    /// The function's name.
    pub function: &'static str,
    /// Whether requests go to the side, to anywhere, instead of down the chain.
    pub is_side_call: bool,
}

/// Returns the imports of a world through which a component sends requests: `wasi:http/origin`, `wasi:http/handler` and
/// `wasi:http/client`, labels on these, and all others whose only function is that of a handler. The first one is the next
/// hop that stands for all others where one has to be chosen; side calls are last.
///
/// Names in Rust are none of `reserved`.
pub(crate) fn hops(resolve: &Resolve, world: WorldId, reserved: &[&str]) -> Vec<Hop> {
    let imports = resolve.worlds[world].imports.iter();
    let mut found: Vec<(usize, Hop, Named)> = imports
        .filter_map(|(key, item)| {
            let WorldItem::Interface { id, .. } = item else {
                return None;
            };
            let is_side_call = function(resolve, *id)?;
            let import = resolve.name_world_key(key);
            let label = resolve.implements_interface(key, item).and_then(|id| resolve.id_of(id));
            let rank = match (interface(&import), is_side_call) {
                (_, true) => 3,
                (Some("origin"), false) => 0,
                (Some("handler"), false) => 1,
                (_, false) => 2,
            };
            let hop = Hop {
                id: match label {
                    Some(interface) => format!("{import}: {interface}"),
                    None => import.clone(),
                },
                import: import.clone(),
                name: String::new(),
                function: if is_side_call { "send" } else { "handle" },
                is_side_call,
            };
            let named = Named {
                id: import,
                path: String::new(),
                names: names(resolve, key, *id),
            };
            Some((rank, hop, named))
        })
        .collect();
    found.sort_by_key(|(rank, ..)| *rank);
    let (hops, named): (Vec<Hop>, Vec<Named>) =
        found.into_iter().map(|(_, hop, named)| (hop, named)).unzip();
    let named = reexports(named, ident, reserved).into_iter();
    hops.into_iter()
        .zip(named)
        .map(|(hop, named)| Hop {
            name: named.name,
            ..hop
        })
        .collect()
}

/// Returns the possible names of an import, from the shortest to the longest.
fn names(resolve: &Resolve, key: &WorldKey, id: InterfaceId) -> Vec<String> {
    let interface = &resolve.interfaces[id];
    let name = interface.name.as_deref().unwrap_or_default();
    let package = interface.package.map(|id| &resolve.packages[id].name);
    let modules = package.map(|name| [name.name.as_str(), &name.namespace]);
    short_to_long(key, name, modules.into_iter().flatten())
}

/// Whether an interface is for side calls; none if its function is not from a request to a response.
fn function(resolve: &Resolve, id: InterfaceId) -> Option<bool> {
    let name = resolve.id_of(id);
    match name.as_deref().and_then(interface) {
        Some("client") => Some(true),
        Some("origin" | "handler") => Some(false),
        _ => is_handler(resolve, id).then_some(false),
    }
}

/// Whether the only function of an interface is `handle: async func(request) -> result<response, error-code>`.
fn is_handler(resolve: &Resolve, id: InterfaceId) -> bool {
    let mut functions = resolve.interfaces[id].functions.values();
    let (Some(function), None) = (functions.next(), functions.next()) else {
        return false;
    };
    let Function { params, result, .. } = function;
    let is_async = function.kind == FunctionKind::AsyncFreestanding;
    let ([request], Some(Type::Id(result))) = (params.as_slice(), result) else {
        return false;
    };
    let TypeDefKind::Result(result) = &resolve.types[unaliased(resolve, *result)].kind else {
        return false;
    };
    is_async
        && function.name == "handle"
        && is_owned(resolve, &request.ty, "request")
        && result.ok.is_some_and(|ty| is_owned(resolve, &ty, "response"))
        && result.err.is_some_and(|ty| is_of_types(resolve, &ty, "error-code"))
}

/// Whether a type is an owned resource of `wasi:http/types`.
fn is_owned(resolve: &Resolve, ty: &Type, name: &str) -> bool {
    let Type::Id(id) = ty else { return false };
    match resolve.types[unaliased(resolve, *id)].kind {
        TypeDefKind::Handle(Handle::Own(resource)) => {
            is_of_types(resolve, &Type::Id(resource), name)
        }
        _ => false,
    }
}

/// Whether a type is the one of this name in `wasi:http/types`.
fn is_of_types(resolve: &Resolve, ty: &Type, name: &str) -> bool {
    let Type::Id(id) = ty else { return false };
    let ty = &resolve.types[unaliased(resolve, *id)];
    let owner = match ty.owner {
        TypeOwner::Interface(owner) => resolve.id_of(owner),
        _ => None,
    };
    ty.name.as_deref() == Some(name) && owner.as_deref().and_then(interface) == Some("types")
}

/// The name of an interface of `wasi:http@0.3`: `types` of `wasi:http/types@0.3.1002`.
pub(super) fn interface(id: &str) -> Option<&str> {
    let (name, version) = id.strip_prefix("wasi:http/")?.split_once('@')?;
    (version.starts_with("0.3.") && !version.contains('-')).then_some(name)
}

/// The package of an interface: `wasi:http@0.3.1002` of `wasi:http/types@0.3.1002`.
pub(super) fn package_id(id: &str) -> String {
    let (package, name) = id.split_once('/').unwrap_or((id, ""));
    let version = name.split_once('@').map(|(_, version)| format!("@{version}"));
    format!("{package}{}", version.unwrap_or_default())
}
