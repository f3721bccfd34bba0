//! How deeply items are nested: types in types, interfaces that use interfaces, packages that use packages.
//!
//! Libraries follow these with a call per step, each on the stack: wit-parser 0.262 in `type_has_borrow`,
//! `elaborate_world_import` and `visit`, and its visitors of types; wit-component's encoder; wit-bindgen.

use super::excess::Excess;
use super::graph::{Graph, Kind, Name, Node};
use crate::diagnostic::{Diagnostic, codes};

/// The maximum number of nested items: the types from an alias to the built-in type that it stands for, for example. A
/// component's types nest to 100, without aliases (wasmparser 0.262, `MAX_WASM_COMPONENT_TYPE_DEPTH`).
pub(crate) const MAX_NESTING: usize = 200;

/// Returns an item that is nested too deeply.
pub(crate) fn find_deep(graph: &Graph<'_>) -> Option<Excess> {
    let node = deep_node(graph)?;
    let name = match node.name {
        Some(Name::Plain(name)) => format!("`{name}`"),
        Some(Name::Package(name)) => format!("`{name}`"),
        None => "without a name".to_owned(),
    };
    let (message, help) = match node.kind {
        Kind::Package => (
            format!("package {name} depends on a chain of more than {MAX_NESTING} packages"),
            "name the packages that it needs directly",
        ),
        Kind::Type => (
            format!("type {name} nests more than {MAX_NESTING} types"),
            "aliases and `use` count too: name the type that they stand for directly",
        ),
        Kind::Interface | Kind::World | Kind::StandIn => (
            format!(
                "interface {name} takes types through a chain of more than {MAX_NESTING} interfaces"
            ),
            "`use` the types from the interface that defines them",
        ),
    };
    Some(Excess {
        failure: Diagnostic::error(codes::NESTED_TOO_DEEPLY, message).help(help),
        group: node.group,
        span: node.span,
    })
}

/// Returns the first item that is found to be nested too deeply, those inside of it first.
fn deep_node<'g, 'a>(graph: &'g Graph<'a>) -> Option<&'g Node<'a>> {
    let nodes = &graph.nodes;
    let mut depths: Vec<Option<usize>> = vec![None; nodes.len()];
    let mut is_open = vec![false; nodes.len()];
    // The path to the current node, each with the number of the next one below it: a chain may be longer than the
    // stack.
    let mut path = Vec::new();
    for root in 0..nodes.len() {
        if depths[root].is_none() {
            is_open[root] = true;
            path.push((root, 0));
        }
        while let Some((at, next)) = path.last_mut() {
            let (at, used) = (*at, nodes[*at].uses.get(*next));
            *next += 1;
            if let Some(used) = used {
                // A cycle, which wit-parser reports, ends here.
                if depths[*used].is_none() && !is_open[*used] {
                    is_open[*used] = true;
                    path.push((*used, 0));
                }
                continue;
            }
            let below = nodes[at].uses.iter().filter_map(|used| depths[*used]).max();
            let counts = !matches!(nodes[at].kind, Kind::World | Kind::StandIn);
            let depth = below.unwrap_or_default() + usize::from(counts);
            if depth > MAX_NESTING {
                return Some(&nodes[at]);
            }
            depths[at] = Some(depth);
            path.pop();
        }
    }
    None
}
