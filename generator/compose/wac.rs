//! A chain in WAC, the language of `wac compose`.

use askama::Template;

use super::{Chain, Client};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::extern_names::ExternNames;
use crate::model::keyword;

#[derive(Template)]
#[template(path = "compose/chain.wac", escape = "none")]
struct Source<'a> {
    /// From the inside: WAC knows what stands above.
    members: Vec<Instance<'a>>,
    exports: Vec<Export>,
}

struct Instance<'a> {
    name: &'a str,
    /// The name as an identifier.
    id: String,
    link: Option<Link>,
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
    /// What WAC has no words for: side calls that are linked or denied, and split imports.
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
    for member in chain.members.iter().filter(|m| m.client.is_some()) {
        if !matches!(chain.client_of(member.name()), Client::Host) {
            return Err(not_in_wac("a function under another name than its own")
                .help("leave out --client, or let witgen compose the component")
                .into());
        }
    }
    let members = chain
        .members
        .iter()
        .enumerate()
        .rev()
        .map(|(at, member)| Instance {
            name: member.name(),
            id: identifier(member.name()),
            link: member.next_hop.as_ref().and_then(|import| {
                let inner = chain.members.get(at + 1)?;
                Some(Link {
                    import: import.to_string(),
                    id: identifier(inner.name()),
                    export: inner.handler.to_string(),
                })
            }),
        })
        .collect();
    let outer = chain.members.first().expect("a chain has members");
    let handler = outer.handler.to_string();
    let version = chain.version();
    let shown = outer.handler.with_version(version.as_ref()).to_string();
    let exports = ExternNames::of(outer.component())?.exports.into_iter().map(|name| Export {
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
    Diagnostic::error(
        codes::UNSAYABLE_IN_WAC,
        format!("WAC has no words for {what}"),
    )
}

/// A member's name where WAC wants an identifier.
fn identifier(name: &str) -> String {
    match name {
        "new" | "let" | "targets" => format!("%{name}"),
        name => keyword::escaped(name).to_string(),
    }
}
