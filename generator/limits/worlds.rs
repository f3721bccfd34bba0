//! How much the worlds of a package have, with all that they include and use.
//!
//! A world has all items that it includes, and every interface from which its own interfaces use types. wit-parser copies them
//! into the world. So ten thousand worlds that import one interface of ten thousand types are a hundred million steps there,
//! and as many lines in golden files.

use super::excess::Excess;
use super::graph::{Graph, Kind, Name, Node};
use crate::diagnostic::{Diagnostic, codes};

/// The most interfaces, types and functions that all worlds of a package have together, and worlds that they include.
const MAX_ITEMS: usize = 1_000_000;

/// The most items that all `include`s copy, and names that they compare: wit-parser compares each name in `with`
/// with each item.
const MAX_INCLUDED: usize = 10_000_000;

/// Returns a world with which the worlds have too many items, or include too many.
pub(crate) fn find_large_worlds(graph: &Graph<'_>) -> Option<Excess> {
    let mut reach = Reach {
        graph,
        count: 0,
        seen_in: vec![0; graph.nodes.len()],
    };
    let mut total = 0;
    for world in &graph.worlds {
        total += reach.items(*world, MAX_ITEMS - total);
        if total > MAX_ITEMS {
            let node = &graph.nodes[*world];
            let message = format!(
                "the worlds up to `{}` have more than {MAX_ITEMS} items, with all that they include and use",
                name(node)
            );
            let help =
                "split the package, so that each part has fewer worlds or smaller interfaces";
            return Some(excess(node, message, help));
        }
    }
    let mut total = 0;
    for include in &graph.includes {
        let steps = 1 + include.renames;
        total += reach.items(include.included, (MAX_INCLUDED - total) / steps) * steps;
        if total > MAX_INCLUDED {
            let node = &graph.nodes[include.world];
            let message = format!(
                "the worlds up to `{}` include too much: each name in `with` is compared with each item",
                name(node)
            );
            let help =
                "give the items their names in the included world, or include smaller worlds";
            return Some(excess(node, message, help));
        }
    }
    None
}

fn name<'a>(node: &Node<'a>) -> &'a str {
    match node.name {
        Some(Name::Plain(name)) => name,
        Some(Name::Package(_)) | None => "",
    }
}

fn excess(node: &Node<'_>, message: String, help: &str) -> Excess {
    Excess {
        failure: Diagnostic::error(codes::WORLDS_TOO_LARGE, message).help(help),
        group: node.group,
        span: node.span,
    }
}

/// Counts what worlds reach.
struct Reach<'g, 'a> {
    graph: &'g Graph<'a>,
    /// The number of the current count.
    count: usize,
    /// By node, the last count that it was part of.
    seen_in: Vec<usize>,
}

impl Reach<'_, '_> {
    /// Returns how many items a world has, with all that it reaches. Stops above `max`.
    fn items(&mut self, world: usize, max: usize) -> usize {
        self.count += 1;
        let mut items = 0;
        let mut pending = vec![world];
        while let Some(at) = pending.pop() {
            if std::mem::replace(&mut self.seen_in[at], self.count) == self.count {
                continue;
            }
            let node = &self.graph.nodes[at];
            if node.kind != Kind::StandIn {
                items += node.size;
            }
            if items > max {
                break;
            }
            pending.extend(&node.uses);
        }
        items
    }
}
