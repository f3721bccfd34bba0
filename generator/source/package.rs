//! Resolved packages: their items, the positions of these, and the worlds by name.

use std::collections::BTreeMap;

use wit_parser::{PackageId, PackageName, Resolve, Span, Stability, WorldId};

use super::Source;
use super::text::{Texts, locate};
use crate::diagnostic::{Diagnostic, Place, Position, Result, codes};
use crate::names::{NamedWorld, find_world};

/// A resolved package with its dependencies.
#[derive(Clone, Debug)]
pub struct Package {
    pub(super) resolve: Resolve,
    pub(super) id: PackageId,
    pub(super) world: Option<WorldId>,
    pub(super) source: Source,
    pub(super) texts: Texts,
    pub(super) includes: BTreeMap<(PackageName, String), Vec<Include>>,
}

/// An `include` in a world, as it was written; a resolved world doesn't contain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The included world as written: `imports`, `wasi:cli/imports@0.3.2`.
    pub world: String,
    /// The items that are renamed: old name, new name.
    pub renames: Vec<(String, String)>,
    /// The gate on the `include` itself.
    pub stability: Stability,
}

impl Package {
    /// Returns the package's name and version.
    pub fn name(&self) -> &PackageName {
        &self.resolve.packages[self.id].name
    }

    /// Returns the package's id in [`Package::resolve`].
    pub fn id(&self) -> PackageId {
        self.id
    }

    /// Returns the package and its dependencies.
    pub fn resolve(&self) -> &Resolve {
        &self.resolve
    }

    /// Turns the package into its items and those of its dependencies.
    pub fn into_resolve(self) -> Resolve {
        self.resolve
    }

    /// Returns the source of the package.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the name of a world.
    pub fn world_name(&self, world: WorldId) -> &str {
        &self.resolve.worlds[world].name
    }

    /// Returns the full name of a world: `wasi:http/proxy@0.3.1002`.
    pub fn world_id(&self, world: WorldId) -> String {
        let world = &self.resolve.worlds[world];
        match world.package {
            Some(package) => self.resolve.id_of_name(package, &world.name),
            None => world.name.clone(),
        }
    }

    /// Returns the `include`s of a world in the order of the source; none if it was read from wasm.
    pub fn includes(&self, package: &PackageName, world: &str) -> &[Include] {
        let key = (package.clone(), world.to_owned());
        self.includes.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Returns the position of a span, if it is in a source text.
    pub fn locate(&self, span: Span) -> Option<Position> {
        locate(span, &self.resolve.source_map, &self.texts)
    }

    /// Whether the package may have items behind gates: in its text, or in an encoded package, which has no
    /// text.
    pub(crate) fn has_gates(&self) -> bool {
        self.texts.is_empty() || self.texts.values().any(|file| file.text().contains("@unstable"))
    }

    /// Looks up a world by name: `proxy`, `wasi:http/proxy` or `wasi:http/proxy@0.3.1002`. Without a name,
    /// returns the package's only world, or the component's own.
    ///
    /// # Errors
    ///
    /// A name that no world has, and no name where there are several worlds or none.
    pub fn select_world(&self, name: Option<&str>) -> Result<WorldId> {
        let Some(name) = name else {
            return self.only_world();
        };
        let worlds: Vec<_> = self.worlds().collect();
        find_world(&self.name().to_string(), &worlds, name)
            .map_err(|error| error.at(Place::argument(format!("--world {name}"))))
    }

    /// Returns all worlds in the order of the source, those of this package first.
    fn worlds(&self) -> impl Iterator<Item = NamedWorld<WorldId>> + '_ {
        let is_own = |id: &PackageId| *id == self.id;
        let others = self.resolve.packages.iter().map(|(id, _)| id);
        std::iter::once(self.id).chain(others.filter(move |id| !is_own(id))).flat_map(
            move |package| {
                let worlds = self.resolve.packages[package].worlds.values();
                worlds.map(move |world| NamedWorld {
                    id: self.world_id(*world),
                    is_own: is_own(&package),
                    world: *world,
                })
            },
        )
    }

    fn own_world_names(&self) -> Vec<&str> {
        let worlds = &self.resolve.packages[self.id].worlds;
        worlds.keys().map(String::as_str).collect()
    }

    fn only_world(&self) -> Result<WorldId> {
        if let Some(world) = self.world {
            return Ok(world);
        }
        let package = &self.resolve.packages[self.id];
        let mut worlds = package.worlds.values();
        match (worlds.next(), worlds.next()) {
            (Some(world), None) => Ok(*world),
            (None, _) => Err(Diagnostic::error(
                codes::NO_WORLD,
                format!("{} has no worlds", package.name),
            )
            .at(self.place())
            .help("a world defines the imports and exports of a component; add one to the package")
            .into()),
            (Some(_), Some(_)) => Err(Diagnostic::error(
                codes::WHICH_WORLD,
                format!("{} has several worlds", package.name),
            )
            .at(self.place())
            .help(format!(
                "choose one with --world: {}",
                self.own_world_names().join(", ")
            ))
            .into()),
        }
    }

    fn place(&self) -> Place {
        match &self.source {
            Source::Embedded => Place::argument("the built-in package"),
            Source::Directory(path) | Source::File(path) | Source::Wasm(path) => Place::path(path),
            other @ (Source::Revision { .. } | Source::Registry { .. }) => {
                Place::argument(other.to_string())
            }
        }
    }
}
