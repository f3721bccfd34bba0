//! Items by name.

use serde::Serialize;

use super::{NamedWorld, find_world, nearest};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::model::{
    Case, Field, Flag, Function, Interface, Model, Package, TypeDef, TypeKind, World, WorldItem,
    WorldItemKind,
};

/// Something in a model that has a name.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "item", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each case holds what it is called after")]
#[non_exhaustive]
pub enum Item<'a> {
    Package(&'a Package),
    World(&'a World),
    WorldItem(&'a WorldItem),
    Interface(&'a Interface),
    Type(&'a TypeDef),
    Function(&'a Function),
    Field(&'a Field),
    Case(&'a Case),
    Flag(&'a Flag),
}

/// An item, its package, and its name inside that: `types.request.get-method`.
struct Named<'a> {
    package: &'a Package,
    path: String,
    item: Item<'a>,
}

impl Model {
    /// The item of a name, as `inspect` takes it: `types`, `types.request`,
    /// `types.request.get-method`, `types.error-code.loop-detected`, `wasi:clocks/types.duration`,
    /// `wasi:http/types.request@0.3.1002`, `wasi:http@0.3.1002`; or the end of such a name,
    /// `request.get-method`, if no other item has it.
    ///
    /// # Errors
    ///
    /// A name that no item has (with the nearest), or that several have (with their full names).
    pub fn find(&self, name: &str) -> Result<Item<'_>> {
        self.find_named(name).map(|(_, item)| item)
    }

    /// Returns the item of a name as [`Model::find`], and its full name: `wasi:http/types.request@0.3.1002`.
    ///
    /// # Errors
    ///
    /// As [`Model::find`].
    pub(crate) fn find_named(&self, name: &str) -> Result<(String, Item<'_>)> {
        let (base, version) = match name.split_once('@') {
            Some((base, version)) => (base, Some(version)),
            None => (name, None),
        };
        let (package, path) = match base.split_once('/') {
            Some((package, path)) => (Some(package), path),
            None if base.contains(':') => (Some(base), ""),
            None => (None, base),
        };
        let items: Vec<_> = self.packages.iter().flat_map(items).collect();
        let in_scope = |named: &&Named<'_>| match package {
            None => std::ptr::eq(named.package, self.package()),
            Some(package) => {
                let (namespace, name) = package.split_once(':').unwrap_or(("", package));
                let package = named.package;
                let same_version = version.is_none_or(|version| {
                    package.version.as_ref().is_some_and(|v| v.to_string() == version)
                });
                package.namespace == namespace && package.name == name && same_version
            }
        };
        let exact: Vec<_> =
            items.iter().filter(in_scope).filter(|named| named.path == path).collect();
        let matching = if exact.is_empty() && !path.is_empty() {
            let end = format!(".{path}");
            let ends = items.iter().filter(in_scope);
            ends.filter(|named| named.path.ends_with(&end)).collect()
        } else {
            exact
        };
        match matching.as_slice() {
            [named] => Ok((full_name(named), named.item)),
            [] => {
                let own = items.iter().filter(in_scope).map(|n| n.path.as_str());
                Err(self.unknown(name, path, own.collect()).into())
            }
            several => {
                let names: Vec<_> = several.iter().map(|named| full_name(named)).collect();
                Err(Diagnostic::error(
                    codes::AMBIGUOUS_ITEM,
                    format!("`{name}` is the name of {} items", several.len()),
                )
                .at(Place::argument(name))
                .help(format!("name one of these: {}", names.join(", ")))
                .into())
            }
        }
    }

    /// Returns the world of a name: `proxy`, or its full name with or without the version.
    ///
    /// # Errors
    ///
    /// A name that no world has, or that several have; without a place.
    pub(crate) fn find_world(&self, name: &str) -> Result<&World> {
        let own = self.package();
        let worlds = self.packages.iter().flat_map(|package| {
            package.worlds.iter().map(move |world| NamedWorld {
                id: world.id.to_string(),
                is_own: std::ptr::eq(package, own),
                world,
            })
        });
        find_world(&own.id, &worlds.collect::<Vec<_>>(), name)
    }

    fn unknown(&self, name: &str, path: &str, known: Vec<&str>) -> Diagnostic {
        let failure = Diagnostic::error(
            codes::UNKNOWN_ITEM,
            format!("no item `{name}` in {}", self.package().id),
        )
        .at(Place::argument(name));
        // The end of a name is enough for a suggestion.
        let ends = known.iter().flat_map(|path| {
            let dots = path.match_indices('.').map(|(at, _)| &path[at + 1..]);
            std::iter::once(*path).chain(dots)
        });
        match nearest(path, ends.filter(|end| !end.is_empty())) {
            Some(nearest) => failure.help(format!("did you mean `{nearest}`?")),
            None => {
                let top: Vec<_> = known
                    .iter()
                    .filter(|path| !path.is_empty() && !path.contains('.'))
                    .copied()
                    .collect();
                if top.is_empty() {
                    let packages: Vec<_> = self.packages.iter().map(|p| p.id.as_str()).collect();
                    return failure.help(format!("packages: {}", packages.join(", ")));
                }
                failure.help(format!("interfaces and worlds: {}", top.join(", ")))
            }
        }
    }
}

fn full_name(named: &Named<'_>) -> String {
    let package = named.package;
    let version = package.version_suffix();
    format!(
        "{}:{}/{}{version}",
        package.namespace, package.name, named.path
    )
}

fn items(package: &Package) -> Vec<Named<'_>> {
    let mut items = Items {
        package,
        found: Vec::new(),
    };
    items.push(String::new(), Item::Package(package));
    for interface in &package.interfaces {
        items.interface(&interface.name, interface);
    }
    for world in &package.worlds {
        items.push(world.name.clone(), Item::World(world));
        for item in world.imports.iter().chain(&world.exports) {
            let path = format!("{}.{}", world.name, item.name);
            items.push(path.clone(), Item::WorldItem(item));
            match &item.kind {
                WorldItemKind::Inline(interface) => items.members(&path, interface),
                WorldItemKind::Type(def) => items.type_members(&path, def),
                WorldItemKind::Interface(_) | WorldItemKind::Function(_) => {}
            }
        }
    }
    items.found
}

struct Items<'a> {
    package: &'a Package,
    found: Vec<Named<'a>>,
}

impl<'a> Items<'a> {
    fn push(&mut self, path: String, item: Item<'a>) {
        self.found.push(Named {
            package: self.package,
            path,
            item,
        });
    }

    fn interface(&mut self, path: &str, interface: &'a Interface) {
        self.push(path.to_owned(), Item::Interface(interface));
        self.members(path, interface);
    }

    fn members(&mut self, path: &str, interface: &'a Interface) {
        for def in &interface.types {
            let path = format!("{path}.{}", def.name);
            self.push(path.clone(), Item::Type(def));
            self.type_members(&path, def);
        }
        for function in &interface.functions {
            self.push(
                format!("{path}.{}", function.path()),
                Item::Function(function),
            );
        }
    }

    fn type_members(&mut self, path: &str, def: &'a TypeDef) {
        let named = |name: &str| format!("{path}.{name}");
        match &def.kind {
            TypeKind::Record(fields) => {
                for field in fields {
                    self.push(named(&field.name), Item::Field(field));
                }
            }
            TypeKind::Variant(cases) | TypeKind::Enum(cases) => {
                for case in cases {
                    self.push(named(&case.name), Item::Case(case));
                }
            }
            TypeKind::Flags(flags) => {
                for flag in flags {
                    self.push(named(&flag.name), Item::Flag(flag));
                }
            }
            TypeKind::Resource | TypeKind::Alias(_) | TypeKind::Use(_) => {}
        }
    }
}
