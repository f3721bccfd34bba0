//! The members of chains, and their origins.

use super::members::check_url;
use crate::chain_file::contents::{Chain, Contents};
use crate::chain_file::document::invalid;
use crate::chain_file::setting::{Setting, Text};
use crate::diagnostic::{Diagnostic, codes};
use crate::names::suggest;

/// Reports chains without members, members that don't exist or that are listed twice, and origins that don't exist.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    if contents.chains.is_empty() {
        let problem = invalid("the file has no chain", text.at(0..0))
            .help("add a section: `[chains.web]` with `members = [\"…\"]`");
        return vec![problem];
    }
    let chains = contents.chains.iter();
    chains
        .flat_map(|(name, chain)| check_chain(contents, text, name, chain))
        .collect()
}

fn check_chain(
    contents: &Contents,
    text: &Text,
    name: &Setting<String>,
    chain: &Chain,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let line = &chain.members;
    if line.is_empty() {
        let message = format!("the chain `{}` has no members", **name);
        let error = Diagnostic::error(codes::NO_MEMBERS, message).at(text.place(line));
        problems.push(error.help("list at least one of `[members]`"));
    }
    for (at, member) in line.iter().enumerate() {
        if let Some(earlier) = line[..at].iter().find(|earlier| *earlier == member) {
            let message = format!(
                "the chain `{}` lists the member `{}` twice",
                **name, **member
            );
            let error = Diagnostic::error(codes::MEMBER_NAME, message)
                .at(text.place(member))
                .at(text.place(earlier));
            problems.push(error.help("add a second member with the same `component`"));
        }
        if !contents.members.contains_key(member.as_str()) {
            let known: Vec<&str> = contents.members.keys().map(|key| key.as_str()).collect();
            let message = format!("no member is called `{}`", **member);
            let error = Diagnostic::error(codes::UNKNOWN_MEMBER, message).at(text.place(member));
            problems.push(error.help(suggest(member, "members", &known)));
        }
    }
    problems.extend(service_in_line(contents, text, name, chain));
    if let Some(origin) = chain.origin.as_ref().filter(|origin| !origin.is_empty()) {
        if contents.origin_target(origin).is_none() {
            let known: Vec<&str> = contents.origins.keys().map(|key| key.as_str()).collect();
            let message = format!("no origin is called `{}`", **origin);
            let error = Diagnostic::error(codes::UNKNOWN_ORIGIN, message).at(text.place(origin));
            problems.push(match known.as_slice() {
                [] => error.help("write the URL of a server, or add a section `[origins.NAME]`"),
                known => error.help(suggest(origin, "origins", known)),
            });
        } else if let Err(help) = check_url(origin) {
            let message = format!("`{}` is not the URL of a server", **origin);
            problems.push(invalid(message, text.place(origin)).help(help));
        }
    }
    problems
}

/// Reports members that handle requests of the chain and are also targets of side calls: each has one place in a chain.
fn service_in_line(
    contents: &Contents,
    text: &Text,
    name: &Setting<String>,
    chain: &Chain,
) -> Vec<Diagnostic> {
    let members = contents.members_of(name);
    let entries = members.iter().filter_map(|name| contents.members.get(*name));
    let passed = |target: &str| {
        let mut hops = entries.clone().flat_map(|member| member.hops.values());
        chain.members.iter().any(|member| **member == target) || hops.any(|hop| **hop == target)
    };
    let clients = entries.clone().filter_map(|member| member.clients.as_ref());
    let targets = clients.flat_map(|clients| {
        let targets = clients.targets().into_iter();
        targets.map(move |(_, target)| (clients, target))
    });
    let twice =
        targets.filter(|(_, target)| contents.members.contains_key(*target) && passed(target));
    twice
        .map(|(clients, target)| {
            let message = format!(
                "in the chain `{}`, `{target}` handles requests and is also the target of side calls",
                **name
            );
            Diagnostic::error(codes::MEMBER_NAME, message)
                .at(text.place(clients))
                .help("add a second member with the same `component`")
        })
        .collect()
}
