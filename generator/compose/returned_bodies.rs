//! Finds members that return the bodies of their requests to a member that may have written them.
//!
//! A component can't read trailers that it writes itself: the Component Model allows that only for futures and streams of
//! numbers. If a member writes the body of a request, and a service returns that body with its trailers, the member traps
//! when it reads the response.

use std::collections::BTreeSet;

use wasmparser::{Parser, Payload};

use super::member::Member;
use super::tree::{LinkTarget, Tree};
use crate::diagnostic::{Diagnostic, codes};
use crate::panics::catch_panic;

/// The core functions that make the future of a message's trailers. The Component Model's build targets name them by the
/// function that takes or returns the future, and by its position among that function's futures and streams.
const MAKES_TRAILERS: [&str; 4] = [
    "[future-new-1][static]request.new",
    "[future-new-2][static]request.consume-body",
    "[future-new-1][static]response.new",
    "[future-new-2][static]response.consume-body",
];

/// The core functions that make a response, with trailers.
const MAKES_RESPONSES: [&str; 2] = ["[static]response.new", "[async-lower][static]response.new"];

/// Returns a warning for each member that can only return the trailers of its request, and that is behind a member that can
/// write them.
pub(super) fn warnings(tree: &Tree<'_>) -> Vec<Diagnostic> {
    if tree.members.len() < 2 {
        return Vec::new();
    }
    let returns = tree.members.iter().filter(|member| returns_trailers(member));
    let warnings = returns.filter_map(|member| {
        let writers = writers_before(tree, member);
        let names: Vec<_> = writers.iter().map(|writer| format!("`{}`", writer.name())).collect();
        let (member, names) = (member.name(), names.join(" or "));
        let message = format!(
            "`{member}` returns the body of its request: if {names} has written that body, it traps when it reads the response"
        );
        let warning = Diagnostic::warning(codes::RETURNED_BODY, message);
        let help = format!(
            "build `{member}` with witgen's glue, or serve it alone and pass its address as `--origin`"
        );
        (!writers.is_empty()).then(|| warning.help(help))
    });
    warnings.collect()
}

fn returns_trailers(member: &Member) -> bool {
    let functions = CoreImports::of(member);
    functions.has(&MAKES_RESPONSES) && !functions.has(&MAKES_TRAILERS)
}

/// Returns the members before this one that can write trailers, in the tree's order.
fn writers_before<'a>(tree: &Tree<'a>, member: &'a Member) -> Vec<&'a Member> {
    let mut reached = vec![member];
    // Each after all those that it leads to.
    for caller in &tree.callees_first {
        let mut links = tree.links_of(caller);
        let leads_on = links.any(|link| {
            matches!(link.target, LinkTarget::Member(callee) if reached.iter().any(|it| std::ptr::eq(*it, callee)))
        });
        if leads_on {
            reached.push(caller);
        }
    }
    let before = reached.iter().skip(1).copied();
    let is_writer = |caller: &&Member| CoreImports::of(caller).has(&MAKES_TRAILERS);
    let mut writers: Vec<_> = before.filter(is_writer).collect();
    writers.reverse();
    writers
}

/// The names of the functions that the core modules of a component import.
struct CoreImports<'a>(BTreeSet<&'a str>);

impl<'a> CoreImports<'a> {
    fn of(member: &'a Member) -> Self {
        let names = catch_panic(|| {
            let payloads = Parser::new(0).parse_all(member.component()).flatten();
            let sections = payloads.filter_map(|payload| match payload {
                Payload::ImportSection(section) => Some(section),
                _ => None,
            });
            let imports = sections.flat_map(|section| section.into_imports().flatten());
            imports.map(|import| import.name).collect()
        });
        // Without names, nothing is reported.
        CoreImports(names.unwrap_or_default())
    }

    fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.0.contains(name))
    }
}
