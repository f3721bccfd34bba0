//! A chain in WAC, the language of `wac compose`.

use askama::Template;

use super::tree::{LinkTarget, Tree};
use super::{Chain, Client, Member};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::model::keyword;

#[derive(Template)]
#[template(path = "compose/chain.wac", escape = "none")]
struct Source<'a> {
    /// From the inside out, because in WAC a name must be defined before it is used.
    members: Vec<Instance<'a>>,
    exports: Vec<Export>,
}

struct Instance<'a> {
    name: &'a str,
    /// The name as an identifier.
    id: String,
    links: Vec<Link>,
}

struct Link {
    import: String,
    id: String,
    export: String,
}

struct Export {
    id: String,
    name: String,
    /// The name that it is shown under, if it is another one.
    shown: Option<String>,
}

impl Chain {
    /// The chain in WAC, the language of `wac compose`: it takes the members as `member:NAME`.
    ///
    /// # Errors
    ///
    /// Parts that WAC can't express: linked side calls, denied hops, and split imports; and next hops without a valid target.
    pub fn wac(&self) -> Result<String> {
        source(self)
    }
}

/// The source of a chain.
fn source(chain: &Chain) -> Result<String> {
    if chain.split_imports {
        return Err(not_in_wac("imports of one interface under several names")
            .help("leave out --split-imports")
            .into());
    }
    if !chain.presentation.is_default() {
        return Err(not_in_wac("imports under other names")
            .help("leave out --as and --wasi-version, or let witgen compose the component")
            .into());
    }
    if !chain.servers.is_empty() {
        return Err(not_in_wac("a member that forwards to a server")
            .help("leave out the URL, or let witgen compose the component")
            .into());
    }
    let calls = |member: &Member| {
        let mut calls = member.side_calls();
        calls.any(|call| !matches!(chain.client_of(member, call), Client::Host))
    };
    if chain.members.iter().any(calls) {
        return Err(not_in_wac("a function under another name than its own")
            .help("leave out --client, or let witgen compose the component")
            .into());
    }
    let tree = Tree::of(chain)?;
    if tree.links.iter().any(|link| matches!(link.target, LinkTarget::Denied)) {
        return Err(not_in_wac("a next hop that denies all requests")
            .help("link --hop to a component, or let witgen compose the component")
            .into());
    }
    let members = tree.callees_first.iter().map(|member| Instance {
        name: member.name(),
        id: identifier(member.name()),
        links: tree
            .links_of(member)
            .filter_map(|link| {
                let callee = link.target.member()?;
                Some(Link {
                    import: link.hop.import().to_owned(),
                    id: identifier(callee.name()),
                    export: callee.handler.to_string(),
                })
            })
            .collect(),
    });
    let members = members.collect();
    let outer = chain.members.first().expect("a chain has members");
    let handler = outer.handler.to_string();
    let version = chain.version();
    let shown = outer.handler.with_version(version.as_ref()).to_string();
    let exports = outer.exports.iter().cloned().map(|name| Export {
        id: identifier(outer.name()),
        shown: (name == handler && shown != handler).then(|| shown.clone()),
        name,
    });
    let source = Source {
        members,
        exports: exports.collect(),
    };
    Ok(crate::template::text(&source))
}

fn not_in_wac(what: &str) -> Diagnostic {
    Diagnostic::error(codes::UNSAYABLE_IN_WAC, format!("WAC can't express {what}"))
}

/// A member's name where WAC wants an identifier.
fn identifier(name: &str) -> String {
    match name {
        "new" | "let" | "targets" => format!("%{name}"),
        name => keyword::escaped(name).to_string(),
    }
}
