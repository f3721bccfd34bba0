//! Definitions of the file that nothing uses.

use std::collections::BTreeSet;

use crate::chain_file::contents::Contents;
use crate::chain_file::setting::{Setting, Text};
use crate::diagnostic::{Diagnostic, codes};

/// Returns a warning for each member, origin and chain that nothing uses.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let members: BTreeSet<&str> =
        contents.chains.keys().flat_map(|chain| contents.members_of(chain)).collect();
    let used = members.iter().filter_map(|name| contents.members.get(*name));
    let hops = used.flat_map(|member| member.hops.values()).map(|target| target.as_str());
    let of_chains = contents.chains.values().filter_map(|chain| chain.origin.as_ref());
    let origins: BTreeSet<&str> = hops.chain(of_chains.map(|origin| origin.as_str())).collect();
    let chains: BTreeSet<&str> = contents.routes.iter().map(|route| route.chain.as_str()).collect();
    let unused = |name: &Setting<String>, what: &str, why: &str, help: &str| {
        let message = format!("the {what} `{}` isn't used: {why}", **name);
        Diagnostic::warning(codes::UNUSED_ENTRY, message)
            .at(text.place(name))
            .help(help)
    };
    let help = "use it, or leave it out";
    let members =
        contents
            .members
            .keys()
            .filter(|name| !members.contains(name.as_str()))
            .map(|name| {
                unused(
                    name,
                    "member",
                    "no chain, next hop or side call leads to it",
                    help,
                )
            });
    let origins = contents
        .origins
        .keys()
        .filter(|name| !origins.contains(name.as_str()))
        .map(|name| unused(name, "origin", "no chain and no next hop leads to it", help));
    let chains = contents
        .chains
        .keys()
        .filter(|name| !contents.routes.is_empty() && !chains.contains(name.as_str()))
        .map(|name| {
            unused(
                name,
                "chain",
                "no route leads to it",
                "add a route, or leave it out",
            )
        });
    members.chain(origins).chain(chains).collect()
}
