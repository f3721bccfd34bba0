//! Functions whose Rust names meet others: those of one trait that the embedder implements, and
//! those of one struct through which exports are called.

use std::collections::HashMap;

use heck::ToSnakeCase;
use wit_parser::{Function, FunctionKind, InterfaceId, Span, TypeId, WorldItem, WorldKey};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::rust_host::names;
use crate::emit::rust_names::Scope;
use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let mut findings = Vec::new();
    implemented(analysis, &mut findings);
    for (direction, _, item) in world.items() {
        if let (Direction::Export, WorldItem::Interface { id, .. }) = (direction, item) {
            of_interface(world, *id, &mut findings);
        }
    }
    of_world(world, &mut findings);
    findings
}

/// Gives a name to a function or what contains it, and reports it if another owner has the name.
fn take(scope: &mut Scope, name: &str, owner: &str, span: Span, findings: &mut Vec<Finding>) {
    if let Err(first) = scope.take(name, owner) {
        findings.push(Finding {
            text: format!("{first} and {owner} would both be `{name}` in Rust; rename one"),
            span,
        });
    }
}

/// The methods of a resource are in one trait, with `new` for its constructor, and `drop`; methods that need the store are in
/// another.
fn implemented(analysis: &Analysis<'_>, findings: &mut Vec<Finding>) {
    let world = &analysis.world;
    let mut scopes: HashMap<(TypeId, bool), Scope> = HashMap::new();
    let imported = analysis
        .functions
        .iter()
        .filter(|function| function.direction == Direction::Import);
    for imported in imported {
        let (function, needs_store) = (imported.item, imported.needs_store);
        let Some(resource) = function.kind.resource() else {
            continue;
        };
        let scope = scopes.entry((resource, needs_store)).or_insert_with(|| {
            let mut scope = Scope::default();
            if !needs_store {
                let name = world.resolve.types[resource].name.as_deref();
                let owner = format!(
                    "the destructor of the resource `{}`",
                    name.unwrap_or_default()
                );
                scope.reserve("drop", owner);
            }
            scope
        });
        let owner = format!("`{}`", function.name);
        take(
            scope,
            &names::function(function),
            &owner,
            function.span,
            findings,
        );
    }
}

/// The functions of an exported interface are methods of its struct, and fields of it.
fn of_interface(world: &World<'_>, id: InterfaceId, findings: &mut Vec<Finding>) {
    let (mut methods, mut fields) = (Scope::default(), Scope::default());
    let mut of_resources: HashMap<TypeId, Scope> = HashMap::new();
    let functions = &world.resolve.interfaces[id].functions;
    let last = functions.len().saturating_sub(1);
    for (at, function) in functions.values().enumerate() {
        let owner = format!("`{}`", function.name);
        let field_name = field(world, function);
        take(&mut fields, &field_name, &owner, function.span, findings);
        let scope = match function.kind.resource() {
            None => &mut methods,
            Some(resource) => {
                let ty = &world.resolve.types[resource];
                let name = ty.name.as_deref().unwrap_or_default();
                let owner = format!("the resource `{name}`");
                take(
                    &mut methods,
                    &name.to_snake_case(),
                    &owner,
                    ty.span,
                    findings,
                );
                of_resources.entry(resource).or_default()
            }
        };
        for prefix in ["call", "func"] {
            let name = format!("{prefix}_{}", function.item_name().to_snake_case());
            take(scope, &name, &owner, function.span, findings);
        }
        // Generated code has variables with these names while it looks up the functions.
        if at < last
            && function.kind.resource().is_none()
            && matches!(function.name.as_str(), "lookup" | "store")
        {
            findings.push(variable(function));
        }
    }
}

/// The exports of a world are methods of its struct.
fn of_world(world: &World<'_>, findings: &mut Vec<Finding>) {
    let (mut methods, mut fields) = (Scope::default(), Scope::default());
    let made = [
        "new",
        "instantiate",
        "instantiate_async",
        "add_to_linker",
        "add_to_linker_imports",
    ];
    for name in made {
        methods.reserve(name, "code of bindgen!");
    }
    let exports = &world.resolve.worlds[world.id].exports;
    for (at, (key, item)) in exports.iter().enumerate() {
        match (key, item) {
            (_, WorldItem::Function(function)) => {
                let owner = format!("`{}`", function.name);
                let field_name = field(world, function);
                take(&mut fields, &field_name, &owner, function.span, findings);
                for prefix in ["call", "func"] {
                    let name = format!("{prefix}_{}", function.item_name().to_snake_case());
                    take(&mut methods, &name, &owner, function.span, findings);
                }
                if function.name == "store" {
                    // It goes through them in the order of their names.
                    let mut others = exports.values();
                    let is_last = !others.any(|other| match other {
                        WorldItem::Function(other) => field(world, other) > field_name,
                        _ => false,
                    });
                    findings.extend((!is_last).then(|| variable(function)));
                }
            }
            (key, WorldItem::Interface { id, .. }) => {
                let owner = format!("the interface `{}`", world.resolve.name_world_key(key));
                let name = names::interface(world.resolve, key, *id).join("_");
                take(&mut methods, &name, &owner, item.span(), findings);
                let field_name = format!("interface{at}");
                take(&mut fields, &field_name, &owner, item.span(), findings);
            }
            (WorldKey::Name(_) | WorldKey::Interface(_), WorldItem::Type { .. }) => {}
        }
    }
}

/// The field that keeps a function.
fn field(world: &World<'_>, function: &Function) -> String {
    let name = function.item_name();
    let resource = function.kind.resource().and_then(|id| world.resolve.types[id].name.as_deref());
    let kind = match function.kind {
        FunctionKind::Constructor(_) => "constructor",
        FunctionKind::Method(_) | FunctionKind::AsyncMethod(_) => "method",
        FunctionKind::Static(_) | FunctionKind::AsyncStatic(_) => "static",
        _ => return name.to_snake_case(),
    };
    format!("{kind}-{}-{name}", resource.unwrap_or_default()).to_snake_case()
}

fn variable(function: &Function) -> Finding {
    Finding {
        text: format!(
            "the exported function `{}` has the name of a variable in bindgen!'s code; rename it",
            function.name
        ),
        span: function.span,
    }
}
