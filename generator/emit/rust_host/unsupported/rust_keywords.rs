//! Names that are Rust keywords where `bindgen!` doesn't escape them: of packages, of interfaces
//! that are imported inline, of exported functions and resources; and `self` as a case, which becomes
//! `Self`.

use heck::ToSnakeCase;
use wit_parser::{Function, InterfaceId, Span, TypeDefKind, WorldItem, WorldKey};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::rust_host::names;
use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let mut findings = Vec::new();
    for (direction, key, item) in world.items() {
        match (key, item) {
            (WorldKey::Name(name), WorldItem::Function(function))
                if direction == Direction::Export && is_keyword(name) =>
            {
                findings.push(exported_function(function));
            }
            (key, WorldItem::Interface { id, .. }) => {
                modules(world, direction, key, *id, item.span(), &mut findings);
                if direction == Direction::Export {
                    exported(world, *id, &mut findings);
                }
            }
            _ => {}
        }
    }
    for (_, name, ty) in world.named_types() {
        let case = match &ty.kind {
            TypeDefKind::Enum(of) => {
                of.cases.iter().find(|case| case.name == "self").map(|case| case.span)
            }
            TypeDefKind::Variant(of) => {
                of.cases.iter().find(|case| case.name == "self").map(|case| case.span)
            }
            _ => None,
        };
        findings.extend(case.map(|span| Finding {
            text: format!("the case `self` of `{name}` would be `Self` in Rust; use another name"),
            span,
        }));
    }
    findings
}

/// Whether a name in snake case is a keyword.
fn is_keyword(name: &str) -> bool {
    names::ident(name) != name.to_snake_case()
}

/// Returns the modules that contain an interface.
fn modules(
    world: &World<'_>,
    direction: Direction,
    key: &WorldKey,
    id: InterfaceId,
    span: Span,
    findings: &mut Vec<Finding>,
) {
    let resolve = world.resolve;
    let interface = &resolve.interfaces[id];
    match (key, &interface.name, interface.package) {
        (WorldKey::Name(name), None, _) if direction == Direction::Import && is_keyword(name) => {
            findings.push(Finding {
                text: format!(
                    "the interface `{name}` is imported inline under a name that is a Rust keyword; use another one"
                ),
                span,
            });
        }
        (_, Some(_), Some(package))
            if direction == Direction::Import || matches!(key, WorldKey::Interface(_)) =>
        {
            let name = &resolve.packages[package].name;
            let module = names::package(resolve, package);
            if is_keyword(&name.namespace) || is_keyword(&module) {
                findings.push(Finding {
                    text: format!(
                        "the package `{name}` would be a Rust module whose name is a keyword"
                    ),
                    span,
                });
            }
        }
        _ => {}
    }
}

/// The functions and resources of an exported interface.
fn exported(world: &World<'_>, id: InterfaceId, findings: &mut Vec<Finding>) {
    let functions = world.resolve.interfaces[id].functions.values();
    for function in functions {
        match function.kind.resource() {
            None if is_keyword(&function.name) => findings.push(exported_function(function)),
            Some(resource) => {
                let ty = &world.resolve.types[resource];
                let name = ty.name.as_deref().unwrap_or_default();
                if is_keyword(name) {
                    let text = format!(
                        "the resource `{name}` is exported under a name that is a Rust keyword; use another one"
                    );
                    findings.push(Finding {
                        text,
                        span: ty.span,
                    });
                }
            }
            None => {}
        }
    }
}

fn exported_function(function: &Function) -> Finding {
    Finding {
        text: format!(
            "the function `{}` is exported under a name that is a Rust keyword; use another one",
            function.name
        ),
        span: function.span,
    }
}
