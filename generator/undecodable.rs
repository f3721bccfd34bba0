//! Finds what makes a component impossible to decode, in one that isn't decoded yet: packages that depend on each
//! other in a cycle, and long chains of packages or of types.
//!
//! WIT text can't express such a cycle, but a component can: `c:d/y` uses a type of `a:b/x`, and `a:b/z` uses one of `c:d/y`.
//! For decoded and merged items, wit-parser 0.262 has no limit on packages (`visit_package`, `topological_packages`) or on
//! aliases of types. Its stack overflow can't be caught.

use std::collections::BTreeMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use wasmparser::{
    ComponentAlias, ComponentDefinedType, ComponentExternalKind, ComponentOuterAliasKind,
    ComponentType, ComponentTypeDeclaration, ComponentTypeRef, ComponentValType,
    InstanceTypeDeclaration, Parser, Payload, TypeBounds,
};

use crate::limits::MAX_NESTING;
use crate::panics::catch_panic;

/// Why a component can't be decoded.
pub(crate) enum Undecodable {
    /// This package depends on itself through others.
    PackageCycle(String),
    /// The item that is nested too deeply.
    TooDeep(String),
}

/// Returns why a component can't be decoded, according to its types. None for a component that can't be parsed,
/// because it won't be decoded either.
pub(crate) fn find(component: &[u8]) -> Option<Undecodable> {
    catch_panic(|| find_in_types(component)).ok().flatten()
}

fn find_in_types(component: &[u8]) -> Option<Undecodable> {
    let mut graph = Graph::default();
    let mut root = Scope::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.ok()?;
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            // The names in a nested component don't matter here.
            _ if depth > 0 => {}
            Payload::ComponentTypeSection(types) => {
                for ty in types {
                    let ty = graph.add_type(&ty.ok()?, &root, &[]);
                    root.types.push(ty);
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import.ok()?;
                    graph.declare(import.name.name, import.ty, &mut root);
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    root.alias(&alias.ok()?, &[], &mut graph);
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                root.instances.extend(instances.into_iter().map(|_| None));
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export.ok()?;
                    match export.kind {
                        ComponentExternalKind::Type => {
                            let ty = root.types.get(export.index as usize).copied();
                            let ty = graph.add(ty);
                            graph.add_dependency(export.name.name, ty);
                            root.types.push(ty);
                        }
                        ComponentExternalKind::Instance => {
                            let package = graph.package_of(export.name.name);
                            root.instances.push(package);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    graph.fault()
}

/// Returns the package in the name of an interface: `wasi:http@0.3.1002` of `wasi:http/types@0.3.1002`.
fn package_of(name: &str) -> Option<String> {
    let (package, item) = name.split_once('/')?;
    let version = item.split_once('@').map_or("", |(_, version)| version);
    Some(format!("{package}@{version}"))
}

/// A type or a package by its number.
type Node = usize;

/// The index spaces of a component, a component type or an instance type.
#[derive(Default)]
struct Scope {
    types: Vec<Node>,
    /// For each instance, its package.
    instances: Vec<Option<Node>>,
}

impl Scope {
    /// Adds an alias; `outer` are the enclosing scopes, the innermost first.
    fn alias(&mut self, alias: &ComponentAlias<'_>, outer: &[&Scope], graph: &mut Graph) {
        match alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                ..
            } => {
                let package = self.instances.get(*instance_index as usize).copied().flatten();
                match kind {
                    ComponentExternalKind::Type => self.types.push(graph.add(package)),
                    ComponentExternalKind::Instance => self.instances.push(package),
                    _ => {}
                }
            }
            ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::Type,
                count,
                index,
            } => {
                let scope = match count.checked_sub(1) {
                    None => Some(&*self),
                    Some(outwards) => outer.get(outwards as usize).copied(),
                };
                let ty = scope.and_then(|scope| scope.types.get(*index as usize)).copied();
                let ty = ty.unwrap_or_else(|| graph.add(None));
                self.types.push(ty);
            }
            _ => {}
        }
    }
}

/// Types and packages, and what they depend on.
#[derive(Default)]
struct Graph {
    /// By node.
    uses: Vec<Vec<Node>>,
    /// By node: how many types are nested in a type.
    depths: Vec<usize>,
    packages: BTreeMap<String, Node>,
    /// The first name of a type that is nested too deeply.
    deep: Option<String>,
}

impl Graph {
    /// Adds a type that depends on these nodes.
    fn add(&mut self, uses: impl IntoIterator<Item = Node>) -> Node {
        self.uses.push(uses.into_iter().collect());
        self.depths.push(0);
        self.uses.len() - 1
    }

    /// Adds a type that contains these types or stands for one of them.
    fn add_nested(&mut self, parts: Vec<Node>) -> Node {
        let below = parts.iter().map(|part| self.depths[*part]).max();
        let ty = self.add(parts);
        self.depths[ty] = 1 + below.unwrap_or_default();
        ty
    }

    /// Adds a type; `outer` are the scopes around its own.
    fn add_type(&mut self, ty: &ComponentType<'_>, own: &Scope, outer: &[&Scope]) -> Node {
        let scopes: Vec<_> = std::iter::once(own).chain(outer.iter().copied()).collect();
        let mut scope = Scope::default();
        let mut packages = Vec::new();
        match ty {
            ComponentType::Defined(ty) => {
                let parts = parts(ty).into_iter();
                let parts = parts.filter_map(|index| own.types.get(index as usize).copied());
                return self.add_nested(parts.collect());
            }
            ComponentType::Instance(declarations) => {
                for declaration in declarations {
                    match declaration {
                        InstanceTypeDeclaration::Type(ty) => {
                            let nested = self.add_type(ty, &scope, &scopes);
                            scope.types.push(nested);
                        }
                        InstanceTypeDeclaration::Alias(alias) => scope.alias(alias, &scopes, self),
                        InstanceTypeDeclaration::Export { name, ty } => {
                            self.declare(name.name, *ty, &mut scope);
                        }
                        InstanceTypeDeclaration::CoreType(_) => {}
                    }
                }
            }
            ComponentType::Component(declarations) => {
                for declaration in declarations {
                    match declaration {
                        ComponentTypeDeclaration::Type(ty) => {
                            let nested = self.add_type(ty, &scope, &scopes);
                            scope.types.push(nested);
                        }
                        ComponentTypeDeclaration::Alias(alias) => {
                            scope.alias(alias, &scopes, self);
                        }
                        ComponentTypeDeclaration::Export { name, ty } => {
                            packages.extend(self.package_of(name.name));
                            self.declare(name.name, *ty, &mut scope);
                        }
                        ComponentTypeDeclaration::Import(import) => {
                            packages.extend(self.package_of(import.name.name));
                            self.declare(import.name.name, import.ty, &mut scope);
                        }
                        ComponentTypeDeclaration::CoreType(_) => {}
                    }
                }
            }
            _ => {}
        }
        self.add(packages.into_iter().chain(scope.types))
    }

    /// Adds an import or an export of a type.
    fn declare(&mut self, name: &str, ty: ComponentTypeRef, scope: &mut Scope) {
        let type_at = |index: u32| scope.types.get(index as usize).copied();
        match ty {
            ComponentTypeRef::Instance(index) => {
                let ty = type_at(index);
                ty.into_iter().for_each(|ty| self.add_dependency(name, ty));
                scope.instances.push(self.package_of(name));
            }
            ComponentTypeRef::Component(index) => {
                type_at(index).into_iter().for_each(|ty| self.add_dependency(name, ty));
            }
            ComponentTypeRef::Type(TypeBounds::Eq(index)) => {
                let ty = self.add_nested(type_at(index).into_iter().collect());
                if self.depths[ty] > MAX_NESTING {
                    self.deep.get_or_insert_with(|| format!("its type `{name}`"));
                }
                scope.types.push(ty);
            }
            ComponentTypeRef::Type(TypeBounds::SubResource) => {
                let resource = self.add(None);
                scope.types.push(resource);
            }
            _ => {}
        }
    }

    /// Adds what the package of an interface depends on.
    fn add_dependency(&mut self, name: &str, ty: Node) {
        if let Some(package) = self.package_of(name) {
            self.uses[package].push(ty);
        }
    }

    /// Returns the package of an interface.
    fn package_of(&mut self, name: &str) -> Option<Node> {
        let package = package_of(name)?;
        if let Some(known) = self.packages.get(&package) {
            return Some(*known);
        }
        let node = self.add(None);
        self.packages.insert(package, node);
        Some(node)
    }

    fn fault(&self) -> Option<Undecodable> {
        if self.depths.iter().any(|depth| *depth > MAX_NESTING) {
            let ty = self.deep.as_deref().unwrap_or("one of its types");
            let what = format!("{ty} nests more than {MAX_NESTING} types");
            return Some(Undecodable::TooDeep(what));
        }
        let components = components(&self.uses);
        let mut sizes = vec![0; self.uses.len()];
        for node in self.packages.values() {
            sizes[components[*node]] += 1;
        }
        // A package may use itself, but not through another one.
        let in_cycle = |node: &Node| sizes[components[*node]] > 1;
        if let Some((package, _)) = self.packages.iter().find(|(_, node)| in_cycle(node)) {
            let package = package.trim_end_matches('@').to_owned();
            return Some(Undecodable::PackageCycle(package));
        }
        // The dependencies of a node are in its component, or in one with a lower number.
        let mut nodes: Vec<Node> = (0..self.uses.len()).collect();
        nodes.sort_by_key(|node| components[*node]);
        let mut depths = vec![0; self.uses.len()];
        for same in nodes.chunk_by(|a, b| components[*a] == components[*b]) {
            let component = components[same[0]];
            let used = same.iter().flat_map(|node| &self.uses[*node]);
            let below = used.map(|used| depths[components[*used]]).max().unwrap_or_default();
            depths[component] = below + sizes[component];
            if depths[component] > MAX_NESTING {
                let what = format!("a chain of more than {MAX_NESTING} packages");
                return Some(Undecodable::TooDeep(what));
            }
        }
        None
    }
}

/// The types, by index, that a type contains.
fn parts(ty: &ComponentDefinedType<'_>) -> Vec<u32> {
    let types: Vec<ComponentValType> = match ty {
        ComponentDefinedType::Record(fields) => fields.iter().map(|(_, ty)| *ty).collect(),
        ComponentDefinedType::Variant(cases) => cases.iter().filter_map(|case| case.ty).collect(),
        ComponentDefinedType::Tuple(types) => types.to_vec(),
        ComponentDefinedType::Map(key, value) => vec![*key, *value],
        ComponentDefinedType::List(ty)
        | ComponentDefinedType::FixedLengthList(ty, _)
        | ComponentDefinedType::Option(ty) => vec![*ty],
        ComponentDefinedType::Result { ok, err } => ok.iter().chain(err).copied().collect(),
        ComponentDefinedType::Future(ty) | ComponentDefinedType::Stream(ty) => {
            ty.iter().copied().collect()
        }
        ComponentDefinedType::Own(index) | ComponentDefinedType::Borrow(index) => {
            return vec![*index];
        }
        ComponentDefinedType::Primitive(_)
        | ComponentDefinedType::Flags(_)
        | ComponentDefinedType::Enum(_) => Vec::new(),
    };
    let types = types.into_iter().filter_map(|ty| match ty {
        ComponentValType::Type(index) => Some(index),
        ComponentValType::Primitive(_) => None,
    });
    types.collect()
}

/// Returns the number of each node's strongly connected component, those lower to which others lead. Kosaraju's
/// algorithm is a loop here; Tarjan's is a recursion in petgraph, and a chain may be longer than the stack.
fn components(uses: &[Vec<Node>]) -> Vec<usize> {
    let mut graph = DiGraph::<(), ()>::with_capacity(uses.len(), 0);
    let nodes: Vec<_> = uses.iter().map(|_| graph.add_node(())).collect();
    for (node, used) in nodes.iter().zip(uses) {
        for used in used {
            graph.add_edge(*node, nodes[*used], ());
        }
    }
    let mut components = vec![0; uses.len()];
    for (number, members) in kosaraju_scc(&graph).into_iter().enumerate() {
        for member in members {
            components[member.index()] = number;
        }
    }
    components
}

#[cfg(test)]
mod tests {
    use super::{Undecodable, find};

    /// Returns a component in which `y` uses a type of `a:b/x`, and `a:b/z` one of `y`.
    fn component(y: &str) -> Vec<u8> {
        let text = r#"(component
            (type (instance (export "t" (type (sub resource)))))
            (import "a:b/x@1.0.0" (instance (type 0)))
            (alias export 0 "t" (type))
            (type (instance (alias outer 1 1 (type)) (export "t" (type (eq 0)))))
            (import "NAME" (instance (type 2)))
            (alias export 1 "t" (type))
            (type (instance (alias outer 1 3 (type)) (export "t" (type (eq 0)))))
            (import "a:b/z@1.0.0" (instance (type 4)))
        )"#;
        wat::parse_str(text.replace("NAME", y)).unwrap()
    }

    fn cycle(component: &[u8]) -> Option<String> {
        match find(component)? {
            Undecodable::PackageCycle(package) => Some(package),
            Undecodable::TooDeep(what) => panic!("{what}"),
        }
    }

    fn depth(text: &str) -> Option<String> {
        match find(&wat::parse_str(text).unwrap())? {
            Undecodable::PackageCycle(package) => panic!("{package}"),
            Undecodable::TooDeep(what) => Some(what),
        }
    }

    #[test]
    fn a_package_between_two_interfaces_of_another_closes_a_cycle() {
        assert_eq!(cycle(&component("c:d/y")).as_deref(), Some("a:b@1.0.0"));
        assert_eq!(
            cycle(&component("a:b/y@2.0.0")).as_deref(),
            Some("a:b@1.0.0")
        );
    }

    #[test]
    fn interfaces_of_one_package_may_use_each_other() {
        assert_eq!(cycle(&component("a:b/y@1.0.0")), None);
    }

    #[test]
    fn aliases_and_types_in_types_are_counted_to_two_hundred() {
        let aliases = |count: usize| -> String {
            let aliases =
                (1..count).map(|at| format!(r#"(export "t{at}" (type (eq {})))"#, at - 1));
            let types: String = aliases.collect();
            format!(
                r#"(component (type (instance (type u8) {types})) (import "a:b/c" (instance (type 0))))"#
            )
        };
        assert_eq!(depth(&aliases(200)), None);
        let message = "its type `t200` nests more than 200 types";
        assert_eq!(depth(&aliases(201)).as_deref(), Some(message));
        assert_eq!(depth(&aliases(100_000)).as_deref(), Some(message));
        let message = "one of its types nests more than 200 types";
        let lists: String = (1..=200).map(|at| format!("(type (list {}))", at - 1)).collect();
        let lists = format!("(component (type u8) {lists})");
        assert_eq!(depth(&lists).as_deref(), Some(message));
    }

    #[test]
    fn packages_are_counted_to_two_hundred() {
        let chain = |count: usize| -> String {
            let links = (1..count).map(|at| {
                let before = 2 * at - 1;
                format!(
                    r#"(alias export {} "t" (type))
                    (type (instance (alias outer 1 {before} (type)) (export "t" (type (eq 0)))))
                    (import "a:p{at}/i" (instance (type {})))"#,
                    at - 1,
                    before + 1
                )
            });
            let links: String = links.collect();
            format!(
                r#"(component (type (instance (export "t" (type (sub resource)))))
                (import "a:p0/i" (instance (type 0))) {links})"#
            )
        };
        assert_eq!(depth(&chain(200)), None);
        let message = "a chain of more than 200 packages";
        assert_eq!(depth(&chain(201)).as_deref(), Some(message));
        assert_eq!(depth(&chain(20_000)).as_deref(), Some(message));
    }
}
