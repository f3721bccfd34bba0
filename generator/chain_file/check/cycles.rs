//! Next hops that lead in a cycle.

use std::collections::BTreeSet;

use crate::chain_file::contents::Contents;
use crate::chain_file::setting::{Setting, Text};
use crate::chain_file::target::HopTarget;
use crate::diagnostic::{Diagnostic, Place, codes};

/// A next hop from a member to another.
struct Edge<'a> {
    from: &'a str,
    to: &'a str,
    /// The name of the hop; none for the order of a line.
    hop: Option<&'a str>,
    place: Place,
}

/// Reports the cycles of each chain, by hops and by the order of its line.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let mut reported = BTreeSet::new();
    let mut problems = Vec::new();
    for name in contents.chains.keys() {
        let edges = edges(contents, text, name);
        let mut walk = Walk {
            edges: &edges,
            done: BTreeSet::new(),
            found: None,
        };
        for member in contents.members_of(name) {
            walk.visit(member, &mut Vec::new());
        }
        if let Some(problem) = walk.found
            && reported.insert(problem.message.clone())
        {
            problems.push(problem);
        }
    }
    problems
}

fn edges<'a>(contents: &'a Contents, text: &Text, chain: &str) -> Vec<Edge<'a>> {
    let line: &[Setting<String>] = match contents.chains.get(chain) {
        // A member that is listed twice is another problem.
        Some(chain)
            if chain.members.iter().collect::<BTreeSet<_>>().len() == chain.members.len() =>
        {
            &chain.members
        }
        _ => &[],
    };
    let in_line = line.windows(2).map(|pair| Edge {
        from: &pair[0],
        to: &pair[1],
        hop: None,
        place: text.place(&pair[1]),
    });
    let members = contents.members_of(chain).into_iter();
    let hops = members.flat_map(|name| {
        let hops = contents.members.get(name).map(|member| member.hops.iter());
        let targets = hops.into_iter().flatten();
        targets.filter_map(move |(hop, target)| match contents.hop_target(target)? {
            HopTarget::Member(_) => Some((name, hop, target)),
            _ => None,
        })
    });
    let hops = hops.map(|(from, hop, target)| Edge {
        from,
        to: target,
        hop: Some(hop),
        place: text.place(target),
    });
    hops.chain(in_line).collect()
}

struct Walk<'e, 'a> {
    edges: &'e [Edge<'a>],
    done: BTreeSet<&'a str>,
    found: Option<Diagnostic>,
}

impl<'e, 'a> Walk<'e, 'a> {
    /// Visits a member and all that it leads to; `path` is how it was reached.
    fn visit(&mut self, member: &'a str, path: &mut Vec<&'e Edge<'a>>) {
        if self.done.contains(member) || self.found.is_some() {
            return;
        }
        if let Some(start) = path.iter().position(|edge| edge.from == member) {
            self.found = Some(cycle(&path[start..]));
            return;
        }
        let edges = self.edges;
        for edge in edges.iter().filter(|edge| edge.from == member) {
            path.push(edge);
            self.visit(edge.to, path);
            path.pop();
        }
        self.done.insert(member);
    }
}

fn cycle(path: &[&Edge<'_>]) -> Diagnostic {
    let step = |edge: &&Edge<'_>| match edge.hop {
        Some(hop) => format!("{}.{hop}", edge.from),
        None => edge.from.to_owned(),
    };
    let first = path.first().map_or("", |edge| edge.from);
    let steps: Vec<String> = path.iter().map(step).chain([first.to_owned()]).collect();
    let message = format!("the next hops form a cycle: {}", steps.join(" -> "));
    let error = Diagnostic::error(codes::HOP_CYCLE, message);
    let hops = path.iter().filter(|edge| edge.hop.is_some()).chain(path);
    let places = hops.last().into_iter().chain(path.iter().rfind(|edge| edge.hop.is_some()));
    let place = places.last().map(|edge| edge.place.clone());
    place.into_iter().fold(error, Diagnostic::at).help(
        "let one of the hops lead to another member; a second member may have the same `component`",
    )
}
