//! `witgen rust`: glue in Rust.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use wit_parser::WorldId;

use super::shared::{Out, PackageArgument, setting};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::config::{self, Side};
use crate::diagnostic::{Failure, Result};
use crate::paths::absolute;
use crate::project::{Project, rust_glue};
use crate::source::{Features, Package};

/// Generate Rust code for a world, for components and hosts.
///
/// The output is one module per side: DIR/guest and DIR/host, or DIR itself if one side is named. Move it to a
/// crate's `src` and add `mod proxy;`. Its `mod.rs` lists the dependencies to add to `Cargo.toml`.
///
/// If witgen.toml has a `[[rust]]` for this world and side, its settings apply; options replace them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen rust --world proxy
  witgen rust --world proxy --guest --out src/proxy
  witgen rust --world service --guest --out src/service --runtime crate::proxy::runtime
  witgen rust api.wit --world plugin --host --out src/plugin")]
pub(super) struct Rust {
    #[command(flatten)]
    package: PackageArgument,
    /// The world, such as `proxy` or `wasi:http/proxy`; optional if the package has only one
    #[arg(long)]
    world: Option<String>,
    /// Generate only guest glue, for components
    #[arg(long, conflicts_with = "host")]
    guest: bool,
    /// Generate only host glue, for programs that run components
    #[arg(long)]
    host: bool,
    /// Use types of the crate `http`, even if witgen.toml disables them
    #[arg(long, overrides_with = "no_http")]
    http: bool,
    /// Generate plain glue for worlds of wasi:http too
    #[arg(long)]
    no_http: bool,
    /// The path of the guest's module in its crate, for `export!` [default: crate::WORLD]
    #[arg(long, value_name = "PATH", conflicts_with = "host")]
    module: Option<String>,
    /// The path of a shared runtime, such as crate::proxy::runtime
    ///
    /// Without it, or if it is empty, the glue has its own.
    #[arg(long, value_name = "PATH")]
    runtime: Option<String>,
    /// Derive this trait for types, such as serde::Serialize; can be repeated
    ///
    /// Records, variants and enums derive it if their parts have it.
    #[arg(long = "derive", value_name = "TRAIT")]
    derives: Vec<String>,
    /// Add an attribute to a type, a field or a case of a guest; can be repeated
    ///
    /// Example: 'types.order=#[serde(deny_unknown_fields)]'
    #[arg(long = "attribute", value_name = "ITEM=ATTRIBUTE", value_parser = pair)]
    attributes: Vec<(String, String)>,
    /// Use the types of an imported interface from this module; can be repeated
    ///
    /// Example: shop:api/types=crate::first::bindings::shop::api::types
    #[arg(long, value_name = "INTERFACE=PATH", value_parser = pair)]
    with: Vec<(String, String)>,
    #[command(flatten)]
    out: Out,
}

/// Returns what options give, or else what the manifest has.
fn given<T>(options: T, manifest: T, is_empty: fn(&T) -> bool) -> T {
    if is_empty(&options) {
        manifest
    } else {
        options
    }
}

/// Splits `NAME=VALUE` at the first `=`.
fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("write it as NAME=VALUE".into()),
    }
}

impl Rust {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let wit = self.package.wit();
        let manifest = wit.manifest()?;
        let project = manifest.as_ref().filter(|it| it.is_about(wit.wit.as_deref()));
        let features = project.map_or(Features::default(), |project| project.config().features());
        let package = wit.load_or(features, shell)?;
        let outputs = self.outputs(&package, project)?;
        let glue: Vec<_> = Failure::collect(
            outputs
                .into_iter()
                .map(|(out, config)| Ok((rust_glue(&config, package.clone(), &out)?, out))),
        )?;
        let outputs: Vec<_> = glue
            .into_iter()
            .map(|(glue, out)| {
                shell.report(&glue.findings);
                (out, glue.files)
            })
            .collect();
        self.out.apply(&outputs, manifest.as_ref(), shell)
    }

    /// Returns the outputs to write, and their places: the entries of the manifest that match the options, or else one entry
    /// from the options alone.
    fn outputs(
        &self,
        package: &Package,
        project: Option<&Project>,
    ) -> Result<Vec<(PathBuf, config::Rust)>> {
        let wanted = self.world.as_deref().map(|world| package.select_world(Some(world)));
        let wanted = wanted.transpose()?;
        let outputs: Vec<_> = project
            .into_iter()
            .flat_map(|project| {
                let entries = self.entries(package, project, wanted).into_iter();
                entries.map(move |entry| {
                    let out = self.out.dir(Some(project), &entry.out);
                    (out, self.settings(entry.clone()))
                })
            })
            .collect();
        if !outputs.is_empty() {
            return Ok(outputs);
        }
        let world = wanted.map_or_else(|| package.select_world(None), Ok)?;
        let default = config::Rust::at(package.world_name(world));
        let settings = config::Rust {
            world: self.world.clone(),
            side: self.side(),
            ..self.settings(default)
        };
        Ok(vec![(self.out.dir(None, &settings.out), settings)])
    }

    /// Returns the entries of the manifest for this world, this side and this directory, as far as the options
    /// name them. An entry for another directory is meant if it is the only one for exactly this side.
    fn entries<'a>(
        &self,
        package: &Package,
        project: &'a Project,
        world: Option<WorldId>,
    ) -> Vec<&'a config::Rust> {
        let is_meant = |entry: &&config::Rust| {
            let side = self.side();
            let has_world =
                world.is_none_or(|world| package.select_world(entry.world.as_deref()) == Ok(world));
            has_world && (side.is_none() || side == entry.side)
        };
        let entries: Vec<_> = project.config().rust.iter().filter(is_meant).collect();
        let Some(out) = &self.out.out else {
            return entries;
        };
        let is_there =
            |entry: &&&config::Rust| absolute(&project.path(&entry.out)) == absolute(out);
        let there: Vec<_> = entries.iter().filter(is_there).copied().collect();
        if !there.is_empty() {
            return there;
        }
        let mut exact = entries.into_iter().filter(|entry| entry.side == self.side());
        match (exact.next(), exact.next()) {
            (Some(entry), None) => vec![entry],
            _ => Vec::new(),
        }
    }

    /// Returns an entry with the settings that options give.
    fn settings(&self, entry: config::Rust) -> config::Rust {
        let is_changed = self.module.is_some()
            || self.runtime.is_some()
            || !(self.derives.is_empty() && self.attributes.is_empty() && self.with.is_empty());
        let mut attributes = BTreeMap::<_, Vec<_>>::new();
        for (item, attribute) in self.attributes.iter().cloned() {
            attributes.entry(item).or_default().push(attribute);
        }
        let with = self.with.iter().cloned().collect();
        let runtime = match self.runtime.as_deref() {
            Some("") => None,
            Some(path) => Some(path.to_owned()),
            None => entry.runtime,
        };
        config::Rust {
            http: setting(self.http, self.no_http, entry.http),
            module: self.module.clone().or(entry.module),
            runtime,
            derives: given(self.derives.clone(), entry.derives, Vec::is_empty),
            attributes: given(attributes, entry.attributes, BTreeMap::is_empty),
            with: given(with, entry.with, BTreeMap::is_empty),
            // If an option has changed the entry, the place of the entry would mislead.
            place: entry.place.filter(|_| !is_changed),
            ..entry
        }
    }

    fn side(&self) -> Option<Side> {
        match (self.guest, self.host) {
            (true, _) => Some(Side::Guest),
            (_, true) => Some(Side::Host),
            _ => None,
        }
    }
}
