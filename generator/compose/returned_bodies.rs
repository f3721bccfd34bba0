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

/// The core functions that make the future of a message's trailers, as the Component Model's build targets name them:
/// by the function that takes or returns the future, and by its position among that function's futures and streams.
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
    let returns = tree.members.iter().filter(|member| returns_trailers(member));
    let pairs = returns.filter_map(|member| Some((*member, nearest_writer(tree, member)?)));
    let warnings = pairs.map(|(member, writer)| {
        let (member_name, writer_name) = (member.name(), writer.name());
        let message = format!(
            "`{member_name}` returns the body of its request: `{writer_name}` traps if it has written that body and reads \
             the response"
        );
        let warning = Diagnostic::warning(codes::RETURNED_BODY, message);
        warning.help(format!(
            "build `{member_name}` with witgen's glue, or serve it alone and pass its address as `--origin`"
        ))
    });
    warnings.collect()
}

fn returns_trailers(member: &Member) -> bool {
    let functions = CoreImports::of(member);
    functions.has(&MAKES_RESPONSES) && !functions.has(&MAKES_TRAILERS)
}

/// Returns the closest member before this one that can write trailers.
fn nearest_writer<'a>(tree: &Tree<'a>, member: &'a Member) -> Option<&'a Member> {
    let leads_to = |target: &LinkTarget<'a>, member: &'a Member| matches!(target, LinkTarget::Member(other) if std::ptr::eq(*other, member));
    let mut callees = vec![member];
    // A tree has no cycles.
    while !callees.is_empty() {
        let links = tree.links.iter();
        let leading =
            links.filter(|link| callees.iter().any(|callee| leads_to(&link.target, callee)));
        let callers: Vec<&Member> = leading.map(|link| link.member).collect();
        let mut writers =
            callers.iter().filter(|caller| CoreImports::of(caller).has(&MAKES_TRAILERS));
        if let Some(writer) = writers.next() {
            return Some(writer);
        }
        callees = callers;
    }
    None
}

/// The names of the functions that the core modules of a component import.
struct CoreImports<'a>(BTreeSet<&'a str>);

impl<'a> CoreImports<'a> {
    fn of(member: &'a Member) -> Self {
        let payloads = Parser::new(0).parse_all(member.component()).flatten();
        let sections = payloads.filter_map(|payload| match payload {
            Payload::ImportSection(section) => Some(section),
            _ => None,
        });
        let imports = sections.flat_map(|section| section.into_imports().flatten());
        CoreImports(imports.map(|import| import.name).collect())
    }

    fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.0.contains(name))
    }
}
