//! Finds packages that depend on each other in a cycle, in a component that isn't decoded yet.
//!
//! WIT text can't express such a cycle, but a component can: `c:d/y` uses a type of `a:b/x`, and `a:b/z`
//! uses one of `c:d/y`. wit-parser follows the packages of decoded and merged items without a limit
//! (0.262, `visit_package` and `topological_packages`), and a stack overflow can't be caught.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentType,
    ComponentTypeDeclaration, ComponentTypeRef, InstanceTypeDeclaration, Parser, Payload,
};

use crate::panics::catch_panic;

/// The packages that the types of an item come from.
type Packages = BTreeSet<String>;

/// Returns a package that depends on itself through others, according to the types of a component. None for
/// a component that can't be parsed, because it won't be decoded either.
pub(crate) fn find(component: &[u8]) -> Option<String> {
    catch_panic(|| find_in_types(component)).ok().flatten()
}

fn find_in_types(component: &[u8]) -> Option<String> {
    let mut dependencies = Dependencies::default();
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
                    let packages = dependencies.packages_of(&ty.ok()?, &[&root]);
                    root.types.push(packages);
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import.ok()?;
                    dependencies.declare(import.name.name, import.ty, &mut root);
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    root.alias(&alias.ok()?, &[]);
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                root.instances.extend(instances.into_iter().map(|_| Packages::new()));
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export.ok()?;
                    let index = export.index as usize;
                    match export.kind {
                        ComponentExternalKind::Type => {
                            let packages = root.types.get(index).cloned().unwrap_or_default();
                            dependencies.add(export.name.name, &packages);
                            root.types.push(packages);
                        }
                        ComponentExternalKind::Instance => {
                            let package = package_of(export.name.name).into_iter().collect();
                            root.instances.push(package);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    dependencies.find_cycle()
}

/// Returns the package in the name of an interface: `wasi:http@0.3.3` of `wasi:http/types@0.3.3`.
fn package_of(name: &str) -> Option<String> {
    let (package, item) = name.split_once('/')?;
    let version = item.split_once('@').map_or("", |(_, version)| version);
    Some(format!("{package}@{version}"))
}

/// The index spaces of a component, a component type or an instance type.
#[derive(Default)]
struct Scope {
    /// For each type, the packages that it uses.
    types: Vec<Packages>,
    /// For each instance, its own package.
    instances: Vec<Packages>,
}

impl Scope {
    /// Adds an alias; `outer` are the enclosing scopes, the innermost first.
    fn alias(&mut self, alias: &ComponentAlias<'_>, outer: &[&Scope]) {
        match alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                ..
            } => {
                let packages =
                    self.instances.get(*instance_index as usize).cloned().unwrap_or_default();
                match kind {
                    ComponentExternalKind::Type => self.types.push(packages),
                    ComponentExternalKind::Instance => self.instances.push(packages),
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
                let packages = scope
                    .and_then(|scope| scope.types.get(*index as usize))
                    .cloned()
                    .unwrap_or_default();
                self.types.push(packages);
            }
            _ => {}
        }
    }
}

/// The dependencies of each package.
#[derive(Default)]
struct Dependencies(BTreeMap<String, Packages>);

impl Dependencies {
    /// Returns the packages that a type uses; `outer` are the scopes around it, the innermost first.
    fn packages_of(&mut self, ty: &ComponentType<'_>, outer: &[&Scope]) -> Packages {
        let mut scope = Scope::default();
        let mut packages = Packages::new();
        match ty {
            ComponentType::Instance(declarations) => {
                for declaration in declarations {
                    match declaration {
                        InstanceTypeDeclaration::Type(ty) => {
                            let nested = self.packages_of_nested(ty, &scope, outer);
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
                            let nested = self.packages_of_nested(ty, &scope, outer);
                            scope.types.push(nested);
                        }
                        ComponentTypeDeclaration::Alias(alias) => scope.alias(alias, outer),
                        ComponentTypeDeclaration::Export { name, ty } => {
                            packages.extend(package_of(name.name));
                            self.declare(name.name, *ty, &mut scope);
                        }
                        ComponentTypeDeclaration::Import(import) => {
                            packages.extend(package_of(import.name.name));
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

    /// Returns the packages that a type inside of another one uses.
    fn packages_of_nested(
        &mut self,
        ty: &ComponentType<'_>,
        scope: &Scope,
        outer: &[&Scope],
    ) -> Packages {
        let scopes: Vec<_> = std::iter::once(scope).chain(outer.iter().copied()).collect();
        self.packages_of(ty, &scopes)
    }

    /// Adds an import or an export of a type.
    fn declare(&mut self, name: &str, ty: ComponentTypeRef, scope: &mut Scope) {
        let packages_at = |index: u32, scope: &Scope| {
            scope.types.get(index as usize).cloned().unwrap_or_default()
        };
        match ty {
            ComponentTypeRef::Instance(index) => {
                self.add(name, &packages_at(index, scope));
                scope.instances.push(package_of(name).into_iter().collect());
            }
            ComponentTypeRef::Component(index) => self.add(name, &packages_at(index, scope)),
            ComponentTypeRef::Type(wasmparser::TypeBounds::Eq(index)) => {
                scope.types.push(packages_at(index, scope));
            }
            ComponentTypeRef::Type(wasmparser::TypeBounds::SubResource) => {
                scope.types.push(Packages::new());
            }
            _ => {}
        }
    }

    /// Adds the dependencies of the package of an interface.
    fn add(&mut self, name: &str, packages: &Packages) {
        if let Some(package) = package_of(name) {
            let others = packages.iter().filter(|other| **other != package).cloned();
            self.0.entry(package.clone()).or_default().extend(others);
        }
    }

    /// Returns the first package that is among its own dependencies.
    fn find_cycle(&self) -> Option<String> {
        let package = self.0.keys().find(|package| {
            let mut reachable = BTreeSet::new();
            let mut queue = vec![*package];
            while let Some(next) = queue.pop() {
                let dependencies = self.0.get(next).into_iter().flatten();
                queue.extend(dependencies.filter(|dependency| reachable.insert(*dependency)));
            }
            reachable.contains(package)
        })?;
        Some(package.trim_end_matches('@').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::find;

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

    #[test]
    fn a_package_between_two_interfaces_of_another_closes_a_cycle() {
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
