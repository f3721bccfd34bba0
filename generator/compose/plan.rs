//! What a composition is: who calls whom, what flows between them, what is left to the host.

use std::collections::BTreeMap;
use std::fmt;

use askama::Template;
use serde::Serialize;

use super::link::split_name;
use super::member::Member;
use super::name::{HANDLER, InterfaceName};
use super::{Chain, Client};
use crate::diagnostic::Result;
use crate::extern_names::ExternNames;
use crate::model::{TypeKind, describe};
use crate::source::{self, Features, Source};

/// Who calls whom, what flows between them, and what is left to the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The world that the composition fits: `wasi:http/service@0.3.3`.
    pub world: String,
    /// The members' names, the outermost first.
    pub members: Vec<String>,
    /// The calls: from the host through the chain, and each member's side calls after its next hop.
    pub calls: Vec<Call>,
    /// The functions of the chain as WIT, and the types that they carry.
    pub flows: Vec<String>,
    /// What the composition imports, in its order.
    pub imports: Vec<Import>,
}

/// A call that can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// Who calls: a member, or nobody's name for the host.
    pub from: Option<String>,
    /// Who is called.
    pub to: Callee,
    /// The interface that the caller knows it by: `wasi:http/origin@0.3.3`.
    pub through: String,
    /// Whether it leaves the chain.
    pub is_side_call: bool,
}

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Callee {
    /// A member of the chain.
    Member(String),
    /// A service that only side calls reach.
    Service(String),
    /// The host.
    Host,
    /// Nobody: the call is denied.
    Nobody,
}

/// An import of the composition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Import {
    /// Its name.
    pub name: String,
    /// The members, and services of side calls, that it is for.
    pub members: Vec<String>,
}

impl Callee {
    fn name(&self) -> &str {
        match self {
            Callee::Member(name) | Callee::Service(name) => name,
            Callee::Host => "host",
            Callee::Nobody => "nobody",
        }
    }
}

impl Plan {
    pub(super) fn of(chain: &Chain, composition: &[u8], world: &str) -> Result<Self> {
        let imports = imports(chain, composition)?;
        Ok(Plan {
            world: world.to_owned(),
            members: chain.members.iter().map(|m| m.name().to_owned()).collect(),
            calls: calls(chain),
            flows: flows(&imports)?,
            imports,
        })
    }

    /// The calls as a Mermaid diagram, one line each.
    pub fn mermaid(&self) -> String {
        crate::template::text(&Diagram::of(self))
    }
}

fn parse(name: &str) -> InterfaceName {
    InterfaceName::parse(name)
}

fn calls(chain: &Chain) -> Vec<Call> {
    let mut calls = Vec::new();
    if let Some(outer) = chain.members.first() {
        calls.push(Call {
            from: None,
            to: Callee::Member(outer.name().to_owned()),
            through: outer.handler.with_version(chain.version().as_ref()).to_string(),
            is_side_call: false,
        });
    }
    for (at, member) in chain.members.iter().enumerate() {
        let from = Some(member.name().to_owned());
        if let Some(next_hop) = &member.next_hop {
            let inner = chain.members.get(at + 1);
            calls.push(Call {
                from: from.clone(),
                to: inner.map_or(Callee::Host, |m| Callee::Member(m.name().to_owned())),
                through: next_hop.to_string(),
                is_side_call: false,
            });
        }
        if let Some(client) = &member.client {
            let to = match chain.client_of(member.name()) {
                Client::Host => Callee::Host,
                Client::Denied => Callee::Nobody,
                Client::Linked(service) => Callee::Service(service.name().to_owned()),
            };
            calls.push(Call {
                from,
                to,
                through: client.to_string(),
                is_side_call: true,
            });
        }
    }
    for service in services(chain) {
        if let Some(client) = &service.client {
            calls.push(Call {
                from: Some(service.name().to_owned()),
                to: Callee::Host,
                through: client.to_string(),
                is_side_call: true,
            });
        }
    }
    calls
}

/// The services that side calls of members go to, each once.
fn services(chain: &Chain) -> Vec<&Member> {
    let mut services: Vec<&Member> = Vec::new();
    for member in chain.members.iter().filter(|m| m.client.is_some()) {
        if let Client::Linked(service) = chain.client_of(member.name())
            && !services.iter().any(|known| known.name() == service.name())
        {
            services.push(service);
        }
    }
    services
}

/// The handler's functions as WIT, and the types that they carry between members.
fn flows(imports: &[Import]) -> Result<Vec<String>> {
    let model = describe(&source::load(&Source::Embedded, &Features::default())?);
    let mut interfaces = model.package().interfaces.iter();
    let Some(handler) = interfaces.find(|interface| parse(&interface.id).path == HANDLER) else {
        return Ok(Vec::new());
    };
    let mut types = BTreeMap::<String, Vec<&str>>::new();
    for def in &handler.types {
        if let TypeKind::Use(used) = &def.kind {
            // The composition may have them in another version.
            let owner = parse(&used.owner).path;
            let mut imports = imports.iter().map(|import| &import.name);
            let import = imports.find(|name| parse(name).path == owner);
            let owner = import.cloned().unwrap_or(owner);
            types.entry(owner).or_default().push(&def.name);
        }
    }
    let functions = handler.functions.iter().map(ToString::to_string);
    let types = types
        .into_iter()
        .map(|(owner, names)| format!("{} of {owner}", names.join(", ")));
    Ok(functions.chain(types).collect())
}

/// What the composition imports, and for whom.
fn imports(chain: &Chain, composition: &[u8]) -> Result<Vec<Import>> {
    let mut imports: Vec<Import> = ExternNames::of(composition)?
        .imports
        .into_iter()
        .map(|name| Import {
            name,
            members: Vec::new(),
        })
        .collect();
    let members = chain.members.iter().enumerate().map(|(at, member)| {
        let next_hop = chain.members.get(at + 1).and(member.next_hop.as_ref());
        let is_host = matches!(chain.client_of(member.name()), Client::Host);
        let client = member.client.as_ref().filter(|_| !is_host);
        (
            member,
            [next_hop, client].map(|link| link.map(ToString::to_string)),
        )
    });
    let services = services(chain).into_iter().map(|service| (service, [None, None]));
    for (member, linked) in members.chain(services) {
        for own in ExternNames::of(member.component())?.imports {
            if linked.iter().flatten().any(|linked| *linked == own) {
                continue;
            }
            let split = split_name(member, &own);
            let name = parse(&own);
            let is_own = |import: &&mut Import| {
                (chain.split_imports && import.name == split)
                    || parse(&import.name).is_compatible(&name)
            };
            if let Some(import) = imports.iter_mut().find(is_own) {
                import.members.push(member.name().to_owned());
            }
        }
    }
    Ok(imports)
}

/// A plan as text.
#[derive(Template)]
#[template(path = "compose/plan.txt", escape = "none")]
struct Text<'a> {
    members: &'a [String],
    world: &'a str,
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
                (true, Callee::Nobody) => ", on the side: denied",
                (true, _) => ", on the side",
                (false, _) => "",
            },
        });
        let imports = plan.imports.iter().map(|import| ImportRow {
            name: format!("{:names$}", import.name),
            members: import.members.join(", "),
        });
        Text {
            members: &plan.members,
            world: &plan.world,
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
    /// What stands around the label.
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
                Callee::Nobody => diagram.node(&format!("nobody-{at}"), "nobody", ("([", "])")),
            };
            let name = parse(&call.through);
            let label = name.path.rsplit('/').next().unwrap_or_default().to_owned();
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
