//! Linking: from members to one component.

use std::collections::HashMap;

use wac_graph::types::{Interface, InterfaceId, ItemKind, Package, Type, WorldId};
use wac_graph::{
    CompositionGraph, EncodeError, EncodeOptions, InstantiationArgumentError, NodeId, PackageId,
    Processor,
};

use super::apart::Apart;
use super::externs::{ExternNames, Import, is_label};
use super::hop::Hop;
use super::member::Member;
use super::requirements::compatible;
use super::stand_in::{bridge, denial};
use super::structure;
use super::tree::{LinkTarget, Tree};
use super::{Chain, Client, apart, difference, renamed};
use crate::diagnostic::{Diagnostic, Failure, Result, codes};
use crate::panics::catch_panic;

/// A chain that is being linked.
struct Linker<'a> {
    graph: CompositionGraph,
    /// Components that are in the graph, which holds each once.
    packages: HashMap<Vec<u8>, PackageId>,
    /// The nodes of instances, with their members.
    instances: Vec<(NodeId, &'a Member)>,
    /// The instances of services, each of one member alone, by the names of the member and of the service.
    services: HashMap<(&'a str, &'a str), NodeId>,
    /// The calls that the host links, if it observes those within the composition.
    observed: Option<Vec<Observed>>,
}

/// A composition, and its imports that aren't merged with others.
pub(super) struct Linked {
    pub component: Vec<u8>,
    pub apart: Vec<Apart>,
    /// The calls within the composition that the host links.
    pub observed: Vec<Observed>,
}

/// A call within the composition that the host links, so that it can observe it.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    pub member: String,
    /// The caller's import for it.
    pub import: String,
    /// The name under which the composition exports the handler that is called.
    pub export: String,
    instance: NodeId,
}

/// Links the members of a chain; with `split`, the members' imports from the host stay separate.
pub(super) fn link(chain: &Chain, tree: &Tree<'_>, split: bool) -> Result<Linked> {
    catch_panic(|| link_members(chain, tree, split)).map_err(|panic| internal(&panic))?
}

fn link_members(chain: &Chain, tree: &Tree<'_>, split: bool) -> Result<Linked> {
    let mut linker = Linker {
        graph: CompositionGraph::new(),
        packages: HashMap::new(),
        instances: Vec::new(),
        services: HashMap::new(),
        observed: (split && chain.observes_calls).then(Vec::new),
    };
    // The newest first: an import that is merged has the version in which it comes first.
    let is_linked = |member: &&Member| !member.is_wasi_0_2();
    let mut members: Vec<&Member> = chain.members.iter().filter(is_linked).collect();
    members.sort_by(|one, other| other.handler.version.cmp(&one.handler.version));
    for member in members {
        linker.instantiate(member, &member.component)?;
    }
    for member in chain.members.iter().filter(is_linked) {
        for call in member.side_calls() {
            linker.side_call(chain, member, call)?;
        }
    }
    for link in &tree.links {
        linker.next_hop(link.member, link.hop, link.target)?;
    }
    if let Some(outer) = chain.members.first() {
        linker.export_all(outer, chain.version().as_ref())?;
    }
    let apart = linker.import_apart(split, chain.split_imports)?;
    let component = linker.encode()?;
    let names = linker.names(ExternNames::of(&component)?.imports, &apart);
    match renamed::imports(&component, &names) {
        Ok(component) => Ok(Linked {
            component,
            apart,
            observed: linker.observed.unwrap_or_default(),
        }),
        Err(error) => Err(internal(&error).into()),
    }
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
        import: &Hop,
        export: NodeId,
        other: &Member,
    ) -> Result<()> {
        let instance = self.instance(member);
        self.graph
            .set_instantiation_argument(instance, import.import(), export)
            .map_err(|error| self.mismatch(member, import, export, other, &error).into())
    }

    /// Links an import of a member to the handler of an instance, or leaves that to the host, and exports the handler for it.
    fn link_handler(
        &mut self,
        member: &Member,
        import: &Hop,
        instance: NodeId,
        other: &Member,
    ) -> Result<()> {
        let handler = self.export(instance, &other.handler.to_string())?;
        let Some(observed) = &mut self.observed else {
            return self.link(member, import, handler, other);
        };
        let is_same = |known: &&Observed| known.instance == instance;
        let known = observed.iter().find(is_same).map(|known| known.export.clone());
        let is_new = known.is_none();
        let export = known.unwrap_or_else(|| {
            let is_taken = |name: &str| observed.iter().any(|other| other.export == name);
            let mut name = format!("{}-handler", other.name());
            while is_taken(&name) {
                name += "-handler";
            }
            name
        });
        observed.push(Observed {
            member: member.name().to_owned(),
            import: import.import().to_owned(),
            export: export.clone(),
            instance,
        });
        if is_new {
            let exported = self.graph.export(handler, export);
            exported.map_err(|error| internal(&error))?;
        }
        Ok(())
    }

    /// Gives an instance what can't but fit it.
    fn argument(&mut self, instance: NodeId, name: &str, argument: NodeId) -> Result<()> {
        self.graph
            .set_instantiation_argument(instance, name, argument)
            .map_err(|error| internal(&error).into())
    }

    /// Links a next hop of a member to its target in the tree.
    fn next_hop(&mut self, member: &'a Member, hop: &Hop, target: LinkTarget<'_>) -> Result<()> {
        match target {
            LinkTarget::Host { .. } => Ok(()),
            LinkTarget::Member(other) if other.is_wasi_0_2() => Ok(()),
            LinkTarget::Denied => self.deny(member, hop),
            LinkTarget::Member(other) => {
                let instance = self.instance(other);
                self.link_handler(member, hop, instance, other)
            }
        }
    }

    /// Links a member's client to its target in the chain.
    fn side_call(&mut self, chain: &'a Chain, member: &'a Member, call: &Hop) -> Result<()> {
        if chain.is_linked_by_host(member, call) {
            return Ok(());
        }
        let service = match chain.client_of(member, call) {
            Client::Host => return Ok(()),
            Client::Denied => return self.deny(member, call),
            Client::Linked(service) => &**service,
        };
        compatible(member, call, service)?;
        let key = (member.name(), service.name());
        let instance = match self.services.get(&key) {
            Some(instance) => *instance,
            None => {
                let instance = self.instantiate(service, &service.component)?;
                self.services.insert(key, instance);
                instance
            }
        };
        if self.observed.is_some() {
            return self.link_handler(member, call, instance, service);
        }
        let handler = self.export(instance, &service.handler.to_string())?;
        let bridge = self.instantiate(service, &bridge(service, call)?)?;
        self.argument(bridge, &service.handler.to_string(), handler)?;
        let shown = self.export(bridge, call.import())?;
        self.link(member, call, shown, service)
    }

    /// Links an import of a member to what rejects every request.
    fn deny(&mut self, member: &'a Member, hop: &Hop) -> Result<()> {
        let denial = self.instantiate(member, &denial(member, hop)?)?;
        let shown = self.export(denial, hop.import())?;
        self.link(member, hop, shown, member)
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

    /// Imports labels separately, and with `split` every import that can be distinguished from those of other members. The
    /// remaining interfaces are imported once for all members. With `splits_later`, a result with merged imports is only a
    /// step: the caller splits its imports afterwards.
    ///
    /// # Errors
    ///
    /// Labels of several members that are one import of the composition, and stand for different interfaces; and imports
    /// that can't be told from another member's by their names.
    fn import_apart(&mut self, split: bool, splits_later: bool) -> Result<Vec<Apart>> {
        let mut apart: Vec<Apart> = Vec::new();
        let mut nodes: Vec<NodeId> = Vec::new();
        let names: Vec<_> = self.instances.iter().map(|(_, member)| member.name()).collect();
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
                let is_split = split && self.can_be_split(interface);
                if linked.contains(&name) || !(is_split || is_label(&name)) {
                    continue;
                }
                let Some(import) = member.imports.iter().find(|import| import.name == name) else {
                    continue;
                };
                let known = apart.iter().position(|known| {
                    if is_split {
                        // Of a service that several members ask.
                        known.is_of(member.name(), &name)
                    } else {
                        known.import.name == name
                    }
                });
                let other = known.filter(|at| !apart[*at].import.is_same_interface(import));
                if let (Some(at), false) = (other, splits_later) {
                    return Err(label_conflict(&name, apart[at].first_user(), member).into());
                }
                let node = if let (Some(at), None) = (known, other) {
                    apart[at].add(member.name(), &name);
                    nodes[at]
                } else {
                    let own = if is_split || other.is_some() {
                        let own = apart::split(import, member.name(), &names, &apart);
                        own.ok_or_else(|| ambiguous_name(member, &name))?
                    } else {
                        import.clone()
                    };
                    // Without an id, each import is encoded with a type of its own. Decoders of components with labels
                    // expect that.
                    let copy = Interface {
                        id: None,
                        ..self.graph.types()[interface].clone()
                    };
                    let copy = self.graph.types_mut().add_interface(copy);
                    let node = self.graph.import(&own.name, ItemKind::Instance(copy));
                    let node = node.map_err(|error| internal(&error))?;
                    apart.push(Apart::new(own, member.name(), &name));
                    nodes.push(node);
                    node
                };
                let added = self.graph.set_instantiation_argument(instance, &name, node);
                added.map_err(|error| {
                    let at = nodes.iter().position(|other| *other == node);
                    let first = at.map_or(member.name(), |at| apart[at].first_user());
                    import_conflict(first, member, &name, &error.to_string())
                })?;
            }
        }
        Ok(apart)
    }

    /// Completes the names of the composition's imports with what the linker doesn't write.
    fn names(&self, imports: Vec<Import>, apart: &[Apart]) -> Vec<Import> {
        let of_members = || self.instances.iter().flat_map(|(_, member)| &member.imports);
        let complete = |import: Import| {
            let is_own = |known: &&Apart| known.import.name == import.name;
            if let Some(own) = apart.iter().find(is_own) {
                return own.import.clone();
            }
            let merged = of_members().filter(|own| own.is_merged_with(&import));
            Import {
                external_id: merged.filter_map(|own| own.external_id.clone()).next(),
                ..import
            }
        };
        imports.into_iter().map(complete).collect()
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
            // The members are valid.
            validate: false,
            processor: Some(Processor {
                name: "witgen",
                version: env!("CARGO_PKG_VERSION"),
            }),
        };
        let component = self.graph.encode(options).map_err(|error| -> Failure {
            match error {
                EncodeError::ImportTypeMergeConflict {
                    import,
                    first,
                    second,
                    source,
                } => match (self.member(first), self.member(second)) {
                    (Some(first), Some(second)) => {
                        import_conflict(first.name(), second, &import, &reasons(&source))
                    }
                    _ => internal(&reasons(&source)),
                },
                other => internal(&other),
            }
            .into()
        })?;
        structure::validate(&component).map_err(|why| internal(&why))?;
        Ok(component)
    }

    /// Two interfaces that don't go together.
    fn mismatch(
        &self,
        member: &Member,
        import: &Hop,
        export: NodeId,
        other: &Member,
        error: &InstantiationArgumentError,
    ) -> Diagnostic {
        let imports = &self.graph.types()[self.world(self.instance(member))].imports;
        let expected = imports.get(import.import());
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
            "the `{import}` that `{}` imports doesn't match the `{}` that `{}` exports: {why}",
            member.name(),
            other.handler,
            other.name()
        );
        member
            .error(codes::MISMATCH, message)
            .help("functions and types must match; build both against the same WIT")
    }

    fn member(&self, node: NodeId) -> Option<&'a Member> {
        self.instances
            .iter()
            .find(|(instance, _)| *instance == node)
            .map(|(_, member)| *member)
    }
}

/// The error for an import of two members that can't be one.
fn import_conflict(first: &str, second: &Member, import: &str, why: &str) -> Diagnostic {
    let name = second.name();
    let message =
        format!("`{first}` and `{name}` import `{import}` with different contents: {why}");
    let error = second.error(codes::IMPORT_CONFLICT, message);
    error.help("build both against the same WIT")
}

/// The error for a label of two members that stands for different interfaces.
fn label_conflict(label: &str, first: &str, second: &Member) -> Diagnostic {
    let name = second.name();
    let message = format!("`{first}` and `{name}` import different interfaces as `{label}`");
    let error = second.error(codes::IMPORT_CONFLICT, message);
    error.help("keep their imports apart with `--split-imports`")
}

/// The error for a split import that would have the name of another member's.
fn ambiguous_name(member: &Member, import: &str) -> Diagnostic {
    let name = member.name();
    let message =
        format!("the import `{import}` of `{name}` would have the name of another member's import");
    let error = member.error(codes::MEMBER_NAME, message);
    error.help(format!(
        "give the member another name, as in `other={name}.wasm`"
    ))
}

/// A chain of causes on one line, from the interface down to the item that differs.
fn reasons(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}

fn damaged(member: &Member, error: &dyn std::fmt::Display) -> Diagnostic {
    let message = format!("`{}` is not a valid component: {error}", member.name());
    let error = member.error(codes::DAMAGED_WASM, message);
    error.help("build it again; it may have been copied or written only in part")
}

fn internal(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        codes::INTERNAL_ERROR,
        format!("the chain can't be linked: {error}"),
    )
    .help("this is a bug in witgen; please report it with the components")
}
