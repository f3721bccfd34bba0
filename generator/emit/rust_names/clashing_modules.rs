//! Modules with the same name: a generator makes one for each namespace, each package, and each
//! interface with a plain name.

use wit_parser::{InterfaceId, Resolve, Span, WorldKey};

use super::scope::Scope;
use crate::emit::unsupported::Finding;
use crate::emit::world::Direction;

/// An interface that a world imports or exports, and the modules that contain it in Rust.
pub(in crate::emit) struct InterfaceModules {
    pub direction: Direction,
    /// The name that decides about the modules.
    pub key: WorldKey,
    pub id: InterfaceId,
    /// The modules from the outermost to the innermost.
    pub modules: Vec<String>,
    pub span: Span,
}

/// Reports every module that two namespaces, packages or interfaces would share. `reserved` are names
/// in the modules of the imports; exports have a module of their own.
pub(in crate::emit) fn clashing_modules(
    resolve: &Resolve,
    interfaces: &[InterfaceModules],
    reserved: Scope,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let scopes = [
        (Direction::Import, reserved),
        (Direction::Export, Scope::default()),
    ];
    for (direction, mut scope) in scopes {
        let interfaces = interfaces.iter().filter(|interface| interface.direction == direction);
        for interface in interfaces {
            for (depth, owner) in owners(resolve, interface).into_iter().enumerate() {
                let path = interface.modules[..=depth].join("::");
                if let Err(first) = scope.take(&path, &owner) {
                    findings.push(Finding {
                        text: format!("{first} and {owner} would both be the Rust module `{path}`"),
                        span: interface.span,
                    });
                }
            }
        }
    }
    findings
}

/// Returns what the modules of an interface are for, from the outermost to the innermost that can
/// clash.
fn owners(resolve: &Resolve, interface: &InterfaceModules) -> Vec<String> {
    let owners = match (&interface.key, resolve.interfaces[interface.id].package) {
        (WorldKey::Name(name), _) => vec![format!("the interface `{name}`")],
        (WorldKey::Interface(_), Some(package)) => {
            let name = &resolve.packages[package].name;
            vec![
                format!("the namespace `{}`", name.namespace),
                format!("the package `{name}`"),
            ]
        }
        (WorldKey::Interface(_), None) => Vec::new(),
    };
    owners.into_iter().take(interface.modules.len()).collect()
}
