//! The plan of a composition: its calls, their types, and the imports that are left to the host.

use std::fmt;

use askama::Template;
use serde::Serialize;

use super::apart::Apart;
use super::externs::{self, ExternNames};
use super::flows::flows;
use super::hop::Hop;
use super::link::{Linked, Observed};
use super::name::InterfaceName;
use super::tree::{LinkTarget, Tree};
use super::{Chain, Client, Member};
use crate::diagnostic::Result;

/// The calls between members, their types, and the calls to the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The world that the composition fits: `wasi:http/service@0.3.1002`.
    pub world: String,
    /// The members' names, the outermost first, and after each one those that it leads to.
    pub members: Vec<String>,
    /// Whether a member leads to several others, or several lead to one.
    pub is_tree: bool,
    /// The names of the next hops that are left to the host, as the composition imports them.
    pub open_hops: Vec<String>,
    /// The calls: from the host through the chain, and each member's side calls after its next hops.
    pub calls: Vec<Call>,
    /// The functions of the chain as WIT, and the types that they carry.
    pub flows: Vec<String>,
    /// The imports of the composition, in its order.
    pub imports: Vec<Import>,
}

/// A call that can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// The calling member; `None` for the host.
    pub from: Option<String>,
    /// The callee.
    pub to: Callee,
    /// The caller's name for it: `origin`, or a label; nothing if the caller is the host.
    pub hop: Option<String>,
    /// The name of what the composition imports for it, if the host is called or links the call.
    pub import: Option<String>,
    /// The name of what the composition exports for it, if the host links a call within the composition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// The caller's import: `wasi:http/origin@0.3.1002`, or `primary: wasi:http/handler@0.3.1002`.
    pub through: String,
    /// Whether it leaves the chain.
    pub is_side_call: bool,
    /// Whether the caller runs beside the composition, where a host runs what no component can contain. `import` is then one of
    /// the caller.
    pub is_beside: bool,
}

/// The callee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Callee {
    /// A member of the chain.
    Member(String),
    /// A service that only side calls reach.
    Service(String),
    /// A server, through the host: what this member of ours forwards to.
    Server(String),
    /// The host.
    Host,
    /// No callee: the call is denied.
    Nobody,
}

/// An import of the composition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Import {
    /// Its name, and after a label what that stands for: `auth: wasi:http/client@0.3.1002`.
    pub name: String,
    /// The members, and services of side calls, that it is for.
    pub members: Vec<String>,
}

impl Callee {
    /// Returns the name of a member or service, or the URL of a server.
    pub fn name(&self) -> &str {
        match self {
            Callee::Member(name) | Callee::Service(name) | Callee::Server(name) => name,
            Callee::Host => "host",
            Callee::Nobody => "nobody",
        }
    }
}

impl Plan {
    pub(super) fn of(
        chain: &Chain,
        tree: &Tree<'_>,
        linked: &Linked,
        world: &str,
        open_hops: &[Hop],
    ) -> Result<Self> {
        let composed = Composed {
            imports: ExternNames::of(&linked.component)?.imports,
            apart: &linked.apart,
        };
        let imports = imports(chain, tree, &composed);
        Ok(Plan {
            world: world.to_owned(),
            members: tree.members.iter().map(|m| m.name().to_owned()).collect(),
            is_tree: !tree.is_line(),
            open_hops: open_hops.iter().map(|hop| hop.name().to_owned()).collect(),
            calls: calls(chain, tree, &composed, &linked.observed),
            flows: flows(imports.iter().map(|import| import.name.as_str()))?,
            imports,
        })
    }

    /// Which next hops the composition imports that its world doesn't have, to follow a sentence about the world:
    /// ``, with the next hop `primary` ``.
    pub(crate) fn open_hops_beyond_world(&self) -> String {
        // The next hop of a proxy or a middleware is its world's.
        let is_of_world = ["proxy", "middleware"].contains(&parse(&self.world).last_part());
        let names: Vec<_> = self.open_hops.iter().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [] => String::new(),
            _ if is_of_world => String::new(),
            [name] => format!(", with the next hop {name}"),
            names => format!(", with the next hops {}", names.join(", ")),
        }
    }

    /// The calls as a Mermaid diagram, one line each.
    pub fn mermaid(&self) -> String {
        crate::template::text(&Diagram::of(self))
    }
}

fn parse(name: &str) -> InterfaceName {
    InterfaceName::parse(name)
}

fn calls(
    chain: &Chain,
    tree: &Tree<'_>,
    composed: &Composed<'_>,
    observed: &[Observed],
) -> Vec<Call> {
    let mut calls = Vec::new();
    if let Some(outer) = tree.members.first() {
        calls.push(Call {
            from: None,
            to: Callee::Member(outer.name().to_owned()),
            hop: None,
            import: None,
            export: None,
            through: outer.handler.with_version(chain.version().as_ref()).to_string(),
            is_side_call: false,
            is_beside: false,
        });
    }
    // A service of WASI 0.2 that is alone is the composition.
    let is_alone = tree.members.len() == 1;
    let export_of = |member: &Member, hop: &Hop| {
        let is_it = |call: &&Observed| call.member == member.name() && call.import == hop.import();
        observed.iter().find(is_it).map(|call| call.export.clone())
    };
    let call = |member: &Member, hop: &Hop, is_beside: bool, to| Call {
        from: Some(member.name().to_owned()),
        export: export_of(member, hop).filter(|_| !is_beside),
        import: match &to {
            to if is_beside => {
                is_left_to_host(chain, member, hop, to).then(|| hop.import().to_owned())
            }
            to if export_of(member, hop).is_some() || is_left_to_host(chain, member, hop, to) => {
                composed.import_of(member, hop).map(|at| composed.imports[at].name.clone())
            }
            _ => None,
        },
        to,
        hop: Some(hop.name().to_owned()),
        through: hop.to_string(),
        is_side_call: hop.is_side_call() && !chain.servers.contains_key(member.name()),
        is_beside,
    };
    for member in &tree.members {
        let is_beside = member.is_wasi_0_2() && !is_alone;
        for link in tree.links_of(member) {
            let to = match link.target {
                LinkTarget::Host { .. } => Callee::Host,
                LinkTarget::Denied => Callee::Nobody,
                LinkTarget::Member(callee) => Callee::Member(callee.name().to_owned()),
            };
            calls.push(call(member, link.hop, is_beside, to));
        }
        for hop in member.side_calls() {
            let to = match chain.client_of(member, hop) {
                _ if chain.servers.contains_key(member.name()) => {
                    Callee::Server(chain.servers[member.name()].to_string())
                }
                Client::Host => Callee::Host,
                Client::Denied => Callee::Nobody,
                Client::Linked(service) => Callee::Service(service.name().to_owned()),
            };
            calls.push(call(member, hop, is_beside, to));
        }
    }
    for service in services(chain, tree) {
        // It may be linked to one member, and called by the host on behalf of another.
        let places = [
            (false, chain.links_inside(service)),
            (true, chain.links_beside(service)),
        ];
        for (is_beside, _) in places.into_iter().filter(|(_, is_there)| *is_there) {
            let all = service.side_calls();
            calls.extend(all.map(|hop| call(service, hop, is_beside, Callee::Host)));
        }
    }
    calls
}

/// Whether the composition imports what a member calls.
fn is_left_to_host(chain: &Chain, member: &Member, hop: &Hop, to: &Callee) -> bool {
    match to {
        Callee::Host | Callee::Server(_) => true,
        Callee::Member(name) => chain.member(name).is_some_and(Member::is_wasi_0_2),
        Callee::Service(_) => chain.is_linked_by_host(member, hop),
        Callee::Nobody => hop.is_side_call() && chain.is_linked_by_host(member, hop),
    }
}

/// The services that side calls of members go to, each once.
fn services<'a>(chain: &'a Chain, tree: &Tree<'a>) -> Vec<&'a Member> {
    let mut services: Vec<&Member> = Vec::new();
    for member in &tree.members {
        for call in member.side_calls() {
            if let Client::Linked(service) = chain.client_of(member, call)
                && !services.iter().any(|known| known.name() == service.name())
            {
                services.push(service);
            }
        }
    }
    services
}

/// The imports of a composition.
pub(super) struct Composed<'a> {
    pub imports: Vec<externs::Import>,
    pub apart: &'a [Apart],
}

impl Composed<'_> {
    /// Returns the position of a member's unlinked import in the result.
    fn position(&self, member: &Member, own: &externs::Import) -> Option<usize> {
        let apart = self.apart.iter().find(|apart| apart.is_of(member.name(), &own.name));
        self.imports.iter().position(|import| match apart {
            Some(apart) => apart.import.name == import.name,
            None => own.is_merged_with(import),
        })
    }

    /// Returns the position of the import that a hop of a member has become, if it isn't linked.
    pub fn import_of(&self, member: &Member, hop: &Hop) -> Option<usize> {
        let own = member.imports.iter().find(|own| own.name == hop.import())?;
        self.position(member, own)
    }
}

/// The imports of the composition, and the members that use them.
fn imports(chain: &Chain, tree: &Tree<'_>, composed: &Composed<'_>) -> Vec<Import> {
    let mut imports: Vec<Import> = composed
        .imports
        .iter()
        .map(|import| Import {
            name: import.to_string(),
            members: Vec::new(),
        })
        .collect();
    let members = tree.members.iter().map(|member| (*member, linked(chain, tree, member)));
    // All imports of services are the host's.
    let services = services(chain, tree).into_iter();
    let services = services
        .filter(|service| chain.links_inside(service))
        .map(|service| (service, Vec::new()));
    // Members beside the composition aren't part of it, unless there is nothing else.
    let is_alone = tree.members.len() == 1;
    let composed_members =
        members.chain(services).filter(|(member, _)| is_alone || !member.is_wasi_0_2());
    for (member, linked) in composed_members {
        for own in member.imports.iter().filter(|own| !linked.contains(&own.name.as_str())) {
            if let Some(at) = composed.position(member, own) {
                imports[at].members.push(member.name().to_owned());
            }
        }
    }
    imports
}

/// The imports of a member that aren't left to the host.
fn linked<'a>(chain: &Chain, tree: &Tree<'_>, member: &'a Member) -> Vec<&'a str> {
    let is_linked = |hop: &&Hop| {
        if hop.is_side_call() {
            let is_left = matches!(chain.client_of(member, hop), Client::Host);
            return !is_left && !chain.is_linked_by_host(member, hop);
        }
        let mut links = tree.links_of(member).filter(|link| link.hop == *hop);
        links.any(|link| match link.target {
            LinkTarget::Host { .. } => false,
            LinkTarget::Denied => true,
            LinkTarget::Member(other) => !other.is_wasi_0_2(),
        })
    };
    let hops = member.next_hops().chain(member.side_calls());
    hops.filter(is_linked).map(Hop::import).collect()
}

/// A plan as text.
#[derive(Template)]
#[template(path = "compose/plan.txt", escape = "none")]
struct Text<'a> {
    /// The subject of the plan: `a chain of 3`.
    subject: String,
    world: &'a str,
    /// Open next hops in addition to the world: ``, with the next hop `primary` ``.
    open_hops: String,
    calls: Vec<CallRow<'a>>,
    flows: &'a [String],
    imports: Vec<ImportRow>,
}

/// A call, in columns.
struct CallRow<'a> {
    from: String,
    to: String,
    through: &'a str,
    note: &'static str,
}

struct ImportRow {
    name: String,
    members: String,
}

impl<'a> Text<'a> {
    fn of(plan: &'a Plan) -> Self {
        let from = |call: &'a Call| call.from.as_deref().unwrap_or("host");
        let width = |names: &mut dyn Iterator<Item = &str>| names.map(str::len).max().unwrap_or(0);
        let froms = width(&mut plan.calls.iter().map(from));
        let tos = width(&mut plan.calls.iter().map(|call| call.to.name()));
        let names = width(&mut plan.imports.iter().map(|import| import.name.as_str()));
        let calls = plan.calls.iter().map(|call| CallRow {
            from: format!("{:froms$}", from(call)),
            to: format!("{:tos$}", call.to.name()),
            through: &call.through,
            note: match (call.is_side_call, &call.to) {
                (true, Callee::Nobody) => ", side call: denied",
                (true, _) => ", side call",
                (false, Callee::Nobody) => ": denied",
                (false, _) => "",
            },
        });
        let imports = plan.imports.iter().map(|import| ImportRow {
            name: format!("{:names$}", import.name),
            members: import.members.join(", "),
        });
        let count = plan.members.len();
        Text {
            subject: if plan.is_tree {
                format!("a tree of {count} members")
            } else {
                format!("a chain of {count}")
            },
            world: &plan.world,
            open_hops: plan.open_hops_beyond_world(),
            calls: calls.collect(),
            flows: &plan.flows,
            imports: imports.collect(),
        }
    }
}

impl fmt::Display for Plan {
    /// The plan as text, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::template::text(&Text::of(self)))
    }
}

/// A plan as a diagram.
#[derive(Template)]
#[template(path = "compose/plan.mmd", escape = "none")]
struct Diagram {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

struct Node {
    id: String,
    label: String,
    /// The brackets around the label.
    shape: (&'static str, &'static str),
}

struct Edge {
    from: String,
    to: String,
    arrow: &'static str,
    label: String,
}

impl Diagram {
    fn of(plan: &Plan) -> Self {
        let mut diagram = Diagram {
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        for (at, call) in plan.calls.iter().enumerate() {
            let from = match &call.from {
                None => diagram.node("host", "host", ("([", "])")),
                Some(name) => diagram.node(&format!("m-{name}"), name, ("[", "]")),
            };
            let to = match &call.to {
                Callee::Member(name) | Callee::Service(name) => {
                    diagram.node(&format!("m-{name}"), name, ("[", "]"))
                }
                // Each of these is an end of its own, or all arrows would meet in it.
                Callee::Host => diagram.node(&format!("host-{at}"), "host", ("([", "])")),
                Callee::Server(url) => diagram.node(
                    &format!("server-{at}"),
                    &format!("\"{}\"", url.replace('&', "#amp;")),
                    ("([", "])"),
                ),
                Callee::Nobody => diagram.node(&format!("nobody-{at}"), "nobody", ("([", "])")),
            };
            let name = parse(&call.through);
            let label = call.hop.as_deref().unwrap_or(name.last_part());
            // The whole name of an import has characters that mean something in a diagram.
            let label = if label.contains(':') {
                format!("\"{label}\"")
            } else {
                label.to_owned()
            };
            let arrow = if call.is_side_call { "-.->" } else { "-->" };
            diagram.edges.push(Edge {
                from,
                to,
                arrow,
                label,
            });
        }
        diagram
    }

    /// The id of a node, which is made if there is none yet.
    fn node(&mut self, id: &str, label: &str, shape: (&'static str, &'static str)) -> String {
        if !self.nodes.iter().any(|node| node.id == id) {
            self.nodes.push(Node {
                id: id.to_owned(),
                label: label.to_owned(),
                shape,
            });
        }
        id.to_owned()
    }
}
