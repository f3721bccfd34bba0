//! Linking: from members to one component.

use std::collections::HashMap;

use wac_graph::types::{Interface, InterfaceId, ItemKind, Package, Type, WorldId};
use wac_graph::{
    CompositionGraph, EncodeError, EncodeOptions, InstantiationArgumentError, NodeId, PackageId,
    Processor,
};

use super::chain::compatible;
use super::difference;
use super::member::Member;
use super::name::InterfaceName;
use super::side_call::{bridge, denial};
use super::{Chain, Client};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::panics::catch_panic;

/// A chain that is being linked.
struct Linker<'a> {
    graph: CompositionGraph,
    /// Components that are in the graph, which holds each once.
    packages: HashMap<Vec<u8>, PackageId>,
    /// Whose instance a node is.
    instances: Vec<(NodeId, &'a Member)>,
}

/// Links the members of a chain; with `split`, each one's imports from the host stay apart.
pub(super) fn link(chain: &Chain, split: bool) -> Result<Vec<u8>> {
    catch_panic(|| link_members(chain, split)).map_err(|panic| internal(&panic))?
}

fn link_members(chain: &Chain, split: bool) -> Result<Vec<u8>> {
    let mut linker = Linker {
        graph: CompositionGraph::new(),
        packages: HashMap::new(),
        instances: Vec::new(),
    };
    // The newest first: an import that is merged has the version in which it comes first.
    let mut members: Vec<&Member> = chain.members.iter().collect();
    members.sort_by(|one, other| other.handler.version.cmp(&one.handler.version));
    for member in members {
        linker.instantiate(member, &member.component)?;
    }
    for member in &chain.members {
        linker.side_call(chain, member)?;
    }
    for pair in chain.members.windows(2) {
        let (member, inner) = (&pair[0], &pair[1]);
        if let Some(next_hop) = &member.next_hop {
            let handler = linker.export(linker.instance(inner), &inner.handler.to_string())?;
            linker.link(member, next_hop, handler, inner)?;
        }
    }
    if let Some(outer) = chain.members.first() {
        linker.export_all(outer, chain.version().as_ref())?;
    }
    if split {
        linker.split_imports()?;
    }
    linker.encode()
}

impl<'a> Linker<'a> {
    /// An instance of a component on behalf of a member.
    fn instantiate(&mut self, member: &'a Member, component: &[u8]) -> Result<NodeId> {
        let package = match self.packages.get(component) {
            Some(package) => *package,
            None => {
                // The name is seen in messages only; the same component may have several.
                let name = format!("witgen:member-{}", self.packages.len());
                let types = self.graph.types_mut();
                let package = Package::from_bytes(&name, None, component, types)
                    .map_err(|error| damaged(member, &error))?;
                let id = self
                    .graph
                    .register_package(package)
                    .map_err(|error| damaged(member, &error))?;
                self.packages.insert(component.to_owned(), id);
                id
            }
        };
        let instance = self.graph.instantiate(package);
        self.instances.push((instance, member));
        Ok(instance)
    }

    fn export(&mut self, instance: NodeId, name: &str) -> Result<NodeId> {
        let alias = self.graph.alias_instance_export(instance, name);
        alias.map_err(|error| internal(&error).into())
    }

    /// The instance of a member; each has one.
    fn instance(&self, member: &Member) -> NodeId {
        let mut instances = self.instances.iter();
        let own = instances.find(|(_, known)| std::ptr::eq(*known, member));
        own.expect("members are instantiated before they are linked").0
    }

    /// Links an import of a member to what another one exports.
    fn link(
        &mut self,
        member: &Member,
        import: &InterfaceName,
        export: NodeId,
        other: &Member,
    ) -> Result<()> {
        let instance = self.instance(member);
        let name = import.to_string();
        self.graph
            .set_instantiation_argument(instance, &name, export)
            .map_err(|error| self.mismatch(member, import, export, other, &error).into())
    }

    /// Gives an instance what can't but fit it.
    fn argument(&mut self, instance: NodeId, name: &str, argument: NodeId) -> Result<()> {
        self.graph
            .set_instantiation_argument(instance, name, argument)
            .map_err(|error| internal(&error).into())
    }

    /// Links a member's client to what the chain says.
    fn side_call(&mut self, chain: &'a Chain, member: &'a Member) -> Result<()> {
        let Some(client) = &member.client else {
            return Ok(());
        };
        let (service, bridge) = match chain.client_of(member.name()) {
            Client::Host => return Ok(()),
            Client::Denied => (member, self.instantiate(member, &denial(member, client)?)?),
            Client::Linked(service) => {
                compatible(member, client, service)?;
                let asked = self.instantiate(service, &service.component)?;
                let handler = self.export(asked, &service.handler.to_string())?;
                let bridge = self.instantiate(service, &bridge(service, client)?)?;
                self.argument(bridge, &service.handler.to_string(), handler)?;
                (&**service, bridge)
            }
        };
        let shown = self.export(bridge, &client.to_string())?;
        self.link(member, client, shown, service)
    }

    /// Exports what the outermost member exports, its handler in this version.
    fn export_all(&mut self, member: &Member, version: Option<&semver::Version>) -> Result<()> {
        let instance = self.instance(member);
        let world = self.world(instance);
        let names: Vec<String> = self.graph.types()[world].exports.keys().cloned().collect();
        for name in names {
            let node = self.export(instance, &name)?;
            let shown = if name == member.handler.to_string() {
                member.handler.with_version(version).to_string()
            } else {
                name
            };
            let exported = self.graph.export(node, shown);
            exported.map_err(|error| internal(&error))?;
        }
        Ok(())
    }

    /// Gives every import that can be told apart a name of its own, under the member's.
    fn split_imports(&mut self) -> Result<()> {
        for (instance, member) in self.instances.clone() {
            let world = self.world(instance);
            let imports = self.graph.types()[world].imports.clone();
            let linked: Vec<String> = self
                .graph
                .get_instantiation_arguments(instance)
                .map(|(name, _)| name.to_owned())
                .collect();
            for (name, kind) in imports {
                let ItemKind::Instance(interface) = kind else {
                    continue;
                };
                if linked.contains(&name) || !self.can_be_split(interface) {
                    continue;
                }
                let own_name = split_name(member, &name);
                let copy = Interface {
                    id: Some(own_name.clone()),
                    ..self.graph.types()[interface].clone()
                };
                let copy = self.graph.types_mut().add_interface(copy);
                let known = self
                    .graph
                    .node_ids()
                    .find(|id| self.graph.get_import_name(*id) == Some(&own_name));
                let node = match known {
                    Some(node) => node,
                    None => {
                        let node = self.graph.import(own_name, ItemKind::Instance(copy));
                        node.map_err(|error| internal(&error))?
                    }
                };
                self.argument(instance, &name, node)?;
            }
        }
        Ok(())
    }

    /// Whether an interface has functions, and no resources: those are one type for all members.
    fn can_be_split(&self, interface: InterfaceId) -> bool {
        let interface = &self.graph.types()[interface];
        let exports = || interface.exports.iter();
        let defines = |(name, kind): (&String, &ItemKind)| {
            matches!(kind, ItemKind::Type(Type::Resource(_))) && !interface.uses.contains_key(name)
        };
        exports().any(|(_, kind)| matches!(kind, ItemKind::Func(_))) && !exports().any(defines)
    }

    fn world(&self, instance: NodeId) -> WorldId {
        let package = self.graph[instance].package();
        self.graph[package.expect("an instance is one of a package")].ty()
    }

    fn encode(&self) -> Result<Vec<u8>> {
        let options = EncodeOptions {
            define_components: true,
            validate: true,
            processor: Some(Processor {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            }),
        };
        self.graph.encode(options).map_err(|error| match error {
            EncodeError::ImportTypeMergeConflict {
                import,
                first,
                second,
                source,
            } => {
                let message = |first: &str, second: &str| {
                    let why = reasons(&source);
                    format!(
                        "`{first}` and `{second}` import `{import}`, and mean different things: {why}"
                    )
                };
                let error = match (self.member(first), self.member(second)) {
                    (Some(first), Some(second)) => {
                        let message = message(first.name(), second.name());
                        second.error(codes::IMPORT_CONFLICT, message)
                    }
                    _ => Diagnostic::error(codes::IMPORT_CONFLICT, message("a member", "another")),
                };
                error.help("build both against the same WIT")
            }
            other => internal(&other),
        }.into())
    }

    /// Two interfaces that don't go together.
    fn mismatch(
        &self,
        member: &Member,
        import: &InterfaceName,
        export: NodeId,
        other: &Member,
        error: &InstantiationArgumentError,
    ) -> Diagnostic {
        let imports = &self.graph.types()[self.world(self.instance(member))].imports;
        let expected = imports.get(&import.to_string());
        let named = match (expected, self.graph[export].item_kind()) {
            (Some(ItemKind::Instance(expected)), ItemKind::Instance(found)) => {
                difference::find(self.graph.types(), *expected, found, other.name())
            }
            _ => None,
        };
        let why = match (named, error) {
            (Some(named), _) => named,
            (None, InstantiationArgumentError::ArgumentTypeMismatch { source, .. }) => {
                reasons(source)
            }
            (None, other) => other.to_string(),
        };
        let message = format!(
            "the `{import}` that `{}` imports is not the `{}` that `{}` exports: {why}",
            member.name(),
            other.handler,
            other.name()
        );
        member
            .error(codes::MISMATCH, message)
            .help("functions and types must be the same; build both against the same WIT")
    }

    fn member(&self, node: NodeId) -> Option<&'a Member> {
        self.instances
            .iter()
            .find(|(instance, _)| *instance == node)
            .map(|(_, member)| *member)
    }
}

/// The name of a member's own import: `auth:wasi-http/client@0.3.3` for `wasi:http/client@0.3.3`.
pub(super) fn split_name(member: &Member, import: &str) -> String {
    format!("{}:{}", member.name(), import.replacen(':', "-", 1))
}

/// A chain of causes on one line, from the interface down to the item that differs.
fn reasons(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}

fn damaged(member: &Member, error: &dyn std::fmt::Display) -> Diagnostic {
    let message = format!("`{}` is not a valid component: {error}", member.name());
    let error = member.error(codes::DAMAGED_WASM, message);
    error.help("was it copied or written only in part? build it again")
}

fn internal(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        codes::INTERNAL_ERROR,
        format!("the chain can't be linked: {error}"),
    )
    .help("this is a bug in witgen; please report it with the components")
}
