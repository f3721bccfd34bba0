//! Where the next hops and side calls of members lead.

use crate::chain_file::contents::Contents;
use crate::chain_file::document::invalid;
use crate::chain_file::setting::{Setting, Text};
use crate::chain_file::target::{DENY, HOST};
use crate::diagnostic::{Diagnostic, codes};
use crate::names::suggest;

/// Reports targets that don't exist, and targets of services of side calls.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (name, member) in &contents.members {
        let targets = member.hops.values().filter(|target| !target.is_empty());
        for target in targets {
            if contents.hop_target(target).is_none() {
                problems.push(unknown_target(contents, text, target));
            } else if let Err(help) = check_url(target) {
                let message = format!("`{}` is not the URL of a server", **target);
                problems.push(invalid(message, text.place(target)).help(help));
            }
        }
        let Some(clients) = &member.clients else {
            continue;
        };
        for (_, target) in clients.targets() {
            if target == DENY {
                continue;
            }
            let Some(service) = contents.members.get(target) else {
                problems.push(unknown_service(contents, text, clients, target));
                continue;
            };
            let (service_name, _) =
                contents.members.get_key_value(target).unwrap_or((name, service));
            if service.clients.is_some() || !service.hops.is_empty() {
                let message = format!(
                    "`{target}` is the target of side calls of `{}`, so it can't have `clients` or `hops`",
                    **name
                );
                let problem = invalid(message, text.place(service_name)).at(text.place(clients));
                problems.push(problem.help(
                    "leave them out: the service's own side calls go to the network, as far as its `allow` permits",
                ));
            }
        }
    }
    problems
}

/// Checks a target that is a URL.
pub(super) fn check_url(target: &str) -> Result<(), String> {
    match target.contains("://") {
        true => target.parse::<crate::compose::Server>().map(drop),
        false => Ok(()),
    }
}

fn unknown_target(contents: &Contents, text: &Text, target: &Setting<String>) -> Diagnostic {
    let name = target.as_str();
    let message = format!("`{name}` is neither a member nor an origin");
    let error = Diagnostic::error(codes::UNKNOWN_MEMBER, message).at(text.place(target));
    if name == HOST {
        return error
            .help("write the URL of a server, or `\"deny\"`; chain.toml has no target `host`");
    }
    let keys = contents.members.keys().chain(contents.origins.keys());
    let known: Vec<&str> = keys.map(|key| key.as_str()).chain([DENY]).collect();
    error.help(suggest(name, "next hops lead to", &known))
}

fn unknown_service<T>(
    contents: &Contents,
    text: &Text,
    place: &Setting<T>,
    name: &str,
) -> Diagnostic {
    let message = format!("no member is called `{name}`");
    let known: Vec<&str> = contents.members.keys().map(|key| key.as_str()).chain([DENY]).collect();
    Diagnostic::error(codes::UNKNOWN_MEMBER, message)
        .at(text.place(place))
        .help(suggest(name, "side calls go to", &known))
}
