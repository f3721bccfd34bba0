//! Packages that depend on each other in a circle, found in a component before it is decoded.
//!
//! WIT cannot say such a thing, a component can: `a:b/x` has a type that `c:d/y` uses, which
//! `a:b/z` uses. wit-parser follows the packages of what it decodes and merges without an end
//! (0.262, `visit_package` and `topological_packages`), and a stack overflow cannot be caught.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentType,
    ComponentTypeDeclaration, ComponentTypeRef, InstanceTypeDeclaration, Parser, Payload,
};

/// The packages that something's types come from.
type Packages = BTreeSet<String>;

/// A package that depends on itself through others, by what the component's types say. A component
/// that can't be read has none: it won't be decoded either.
pub(crate) fn find(component: &[u8]) -> Option<String> {
    let mut edges = Edges::default();
    let mut root = Scope::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.ok()?;
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            // What is inside of another component has no names for us.
            _ if depth > 0 => {}
            Payload::ComponentTypeSection(types) => {
                for ty in types {
                    let packages = edges.of_type(&ty.ok()?, &[&root]);
                    root.types.push(packages);
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import.ok()?;
                    edges.declare(import.name.name, import.ty, &mut root);
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    root.alias(&alias.ok()?, &[]);
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                let unnamed = || Packages::new();
                root.instances
                    .extend(instances.into_iter().map(|_| unnamed()));
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export.ok()?;
                    let index = export.index as usize;
                    match export.kind {
                        ComponentExternalKind::Type => {
                            let packages = root.types.get(index).cloned().unwrap_or_default();
                            edges.depend(export.name.name, &packages);
                            root.types.push(packages);
                        }
                        ComponentExternalKind::Instance => {
                            let package = package(export.name.name).into_iter().collect();
                            root.instances.push(package);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    edges.circle()
}

/// `wasi:http@0.3.3` of `wasi:http/types@0.3.3`; a plain name is in no package.
fn package(name: &str) -> Option<String> {
    let (package, item) = name.split_once('/')?;
    let version = item.split_once('@').map_or("", |(_, version)| version);
    Some(format!("{package}@{version}"))
}

/// The index spaces of a component, a component type or an instance type.
#[derive(Default)]
struct Scope {
    /// Of each type, the packages that it is made of.
    types: Vec<Packages>,
    /// Of each instance, its own package.
    instances: Vec<Packages>,
}

impl Scope {
    /// Takes up an alias; `outer` are the enclosing scopes, the innermost first.
    fn alias(&mut self, alias: &ComponentAlias<'_>, outer: &[&Scope]) {
        match alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                ..
            } => {
                let of = self.instances.get(*instance_index as usize);
                let of = of.cloned().unwrap_or_default();
                match kind {
                    ComponentExternalKind::Type => self.types.push(of),
                    ComponentExternalKind::Instance => self.instances.push(of),
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
                let of = scope.and_then(|scope| scope.types.get(*index as usize));
                let of = of.cloned().unwrap_or_default();
                self.types.push(of);
            }
            _ => {}
        }
    }
}

/// Which package depends on which.
#[derive(Default)]
struct Edges(BTreeMap<String, Packages>);

impl Edges {
    /// The packages that a type is made of; `outer` are the scopes around it, the innermost first.
    fn of_type(&mut self, ty: &ComponentType<'_>, outer: &[&Scope]) -> Packages {
        let mut scope = Scope::default();
        let mut packages = Packages::new();
        match ty {
            ComponentType::Instance(declarations) => {
                for declaration in declarations {
                    match declaration {
                        InstanceTypeDeclaration::Type(ty) => {
                            let nested = self.nested(ty, &scope, outer);
                            scope.types.push(nested);
                        }
                        InstanceTypeDeclaration::Alias(alias) => scope.alias(alias, outer),
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
                            let nested = self.nested(ty, &scope, outer);
                            scope.types.push(nested);
                        }
                        ComponentTypeDeclaration::Alias(alias) => scope.alias(alias, outer),
                        ComponentTypeDeclaration::Export { name, ty } => {
                            packages.extend(package(name.name));
                            self.declare(name.name, *ty, &mut scope);
                        }
                        ComponentTypeDeclaration::Import(import) => {
                            packages.extend(package(import.name.name));
                            self.declare(import.name.name, import.ty, &mut scope);
                        }
                        ComponentTypeDeclaration::CoreType(_) => {}
                    }
                }
            }
            _ => {}
        }
        packages.extend(scope.types.into_iter().flatten());
        packages
    }

    fn nested(&mut self, ty: &ComponentType<'_>, scope: &Scope, outer: &[&Scope]) -> Packages {
        let scopes: Vec<_> = std::iter::once(scope)
            .chain(outer.iter().copied())
            .collect();
        self.of_type(ty, &scopes)
    }

    /// Takes up an import or an export of a type.
    fn declare(&mut self, name: &str, ty: ComponentTypeRef, scope: &mut Scope) {
        let of = |index: u32, scope: &Scope| {
            let packages = scope.types.get(index as usize);
            packages.cloned().unwrap_or_default()
        };
        match ty {
            ComponentTypeRef::Instance(index) => {
                self.depend(name, &of(index, scope));
                scope.instances.push(package(name).into_iter().collect());
            }
            ComponentTypeRef::Component(index) => self.depend(name, &of(index, scope)),
            ComponentTypeRef::Type(wasmparser::TypeBounds::Eq(index)) => {
                scope.types.push(of(index, scope));
            }
            ComponentTypeRef::Type(wasmparser::TypeBounds::SubResource) => {
                scope.types.push(Packages::new());
            }
            _ => {}
        }
    }

    fn depend(&mut self, name: &str, packages: &Packages) {
        if let Some(package) = package(name) {
            let others = packages.iter().filter(|other| **other != package).cloned();
            self.0.entry(package.clone()).or_default().extend(others);
        }
    }

    /// The first package that is among its own dependencies.
    fn circle(&self) -> Option<String> {
        let found = self.0.keys().find(|package| {
            let mut seen = BTreeSet::new();
            let mut open = vec![*package];
            while let Some(next) = open.pop() {
                let dependencies = self.0.get(next).into_iter().flatten();
                open.extend(dependencies.filter(|dependency| seen.insert(*dependency)));
            }
            seen.contains(package)
        });
        Some(found?.trim_end_matches('@').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    /// A component in which `y` uses a type of `a:b/x`, and `a:b/z` one of `y`.
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

    #[test]
    fn a_package_between_two_interfaces_of_another_closes_a_circle() {
        assert_eq!(find(&component("c:d/y")).as_deref(), Some("a:b@1.0.0"));
        assert_eq!(
            find(&component("a:b/y@2.0.0")).as_deref(),
            Some("a:b@1.0.0")
        );
    }

    #[test]
    fn interfaces_of_one_package_may_use_each_other() {
        assert_eq!(find(&component("a:b/y@1.0.0")), None);
    }
}
