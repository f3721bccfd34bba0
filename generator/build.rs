//! Glue from a crate's `build.rs`.
//!
//! ```no_run
//! // build.rs
//! witgen::build::Glue::guest("wit", "proxy")
//!     .write()
//!     .unwrap_or_else(|error| panic!("{error}"));
//! ```
//!
//! The crate takes the module `proxy` in with
//!
//! ```ignore
//! include!(concat!(env!("OUT_DIR"), "/proxy.rs"));
//! ```
//!
//! The head of the module lists the dependencies to add to the crate's `Cargo.toml`.

use std::io::Write;
use std::path::{Path, PathBuf};

use askama::Template;

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::emit::runtime::Runtime;
use crate::emit::rust::{self, Options, Side};
use crate::emit::rust_names::ident;
use crate::fileset::{WriteOptions, write_file};
use crate::paths::absolute;
use crate::source::{self, Features, Source};

/// The file that a crate includes.
#[derive(Template)]
#[template(path = "build/module.rs", escape = "none")]
struct Module<'a> {
    name: &'a str,
    path: &'a str,
}

/// Glue for one side of a world.
#[derive(Clone, Debug)]
pub struct Glue {
    wit: PathBuf,
    world: String,
    features: Features,
    options: Options,
}

impl Glue {
    /// Glue for components. `wit` is the package, from the crate's folder.
    pub fn guest(wit: impl Into<PathBuf>, world: impl Into<String>) -> Self {
        Self::of(Side::Guest, wit.into(), world.into())
    }

    /// Glue for hosts. `wit` is the package, from the crate's folder.
    pub fn host(wit: impl Into<PathBuf>, world: impl Into<String>) -> Self {
        Self::of(Side::Host, wit.into(), world.into())
    }

    fn of(side: Side, wit: PathBuf, world: String) -> Self {
        Glue {
            wit,
            world,
            features: Features::default(),
            options: Options {
                side: Some(side),
                ..Options::default()
            },
        }
    }

    /// Takes the items of these features too, which `@unstable` gates.
    #[must_use]
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// The path of the guest's module in its crate, for `export!` (default: `crate::` and the world's name).
    #[must_use]
    pub fn module(mut self, path: impl Into<String>) -> Self {
        self.options.module = Some(path.into());
        self
    }

    /// The path of a runtime that the glue shares with other glue, such as `crate::proxy::runtime` or
    /// `witgen_serve::runtime`; without it, the glue has its own.
    #[must_use]
    pub fn runtime(mut self, path: impl Into<String>) -> Self {
        self.options.runtime = Runtime::At(path.into());
        self
    }

    /// Adds a trait that records, variants and enums derive if their parts have it: `serde::Serialize`.
    #[must_use]
    pub fn derive(mut self, name: impl Into<String>) -> Self {
        self.options.types.derives.push(name.into());
        self
    }

    /// Adds an attribute of a type, a field or a case in the guest's glue: `types.order`,
    /// `#[serde(deny_unknown_fields)]`.
    #[must_use]
    pub fn attribute(mut self, item: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.options.types.attributes.push((item.into(), attribute.into()));
        self
    }

    /// Takes the types of an imported interface from a module of other glue: `shop:api/types`,
    /// `crate::first::bindings::shop::api::types`.
    #[must_use]
    pub fn with(mut self, interface: impl Into<String>, path: impl Into<String>) -> Self {
        self.options.types.with.push((interface.into(), path.into()));
        self
    }

    /// Gives worlds with `wasi:http` in them the same plain form as others.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.options.http = false;
        self
    }

    /// Writes the module into `OUT_DIR`, and reports its inputs to cargo, so that cargo runs the build script again only if
    /// they change.
    ///
    /// # Errors
    ///
    /// As [`Glue::write_into`], and no `OUT_DIR`.
    pub fn write(&self) -> Result<()> {
        let Some(out) = std::env::var_os("OUT_DIR") else {
            return Err(Diagnostic::error(codes::NO_OUT_DIR, "`OUT_DIR` is not set")
                .at(Place::argument("OUT_DIR"))
                .help("call this from a `build.rs`, where cargo sets it")
                .into());
        };
        let (inputs, findings) = self.make(Path::new(&out))?;
        let mut cargo = std::io::stdout().lock();
        for input in inputs {
            // A closed pipe means that cargo has gone.
            let _ = writeln!(cargo, "cargo::rerun-if-changed={}", input.display());
        }
        for line in findings
            .iter()
            .flat_map(|found| [&found.message].into_iter().chain(&found.help))
        {
            let _ = writeln!(cargo, "cargo::warning={line}");
        }
        Ok(())
    }

    /// Writes the module into a directory: a folder that is called after the world, and beside it a file
    /// to include. Returns the files and directories that it was made from.
    ///
    /// # Errors
    ///
    /// WIT that can't be read or isn't valid, an unknown world, a world that isn't supported, files that witgen didn't
    /// generate, and errors of the file system.
    pub fn write_into(&self, dir: &Path) -> Result<Vec<PathBuf>> {
        self.make(dir).map(|(inputs, _)| inputs)
    }

    /// Writes the module, and returns what it was made from, and warnings.
    fn make(&self, dir: &Path) -> Result<(Vec<PathBuf>, Vec<Diagnostic>)> {
        let package = source::load(&Source::at(&self.wit)?, &self.features)?;
        let world = package.select_world(Some(&self.world))?;
        let name = ident(package.world_name(world));
        let folder = absolute(&dir.join(&name));
        let glue = rust::glue(package, world, &folder, &self.options)?;
        glue.files.write(&folder, &WriteOptions::default())?;
        let path = folder.join("mod.rs").display().to_string().escape_default().to_string();
        let module = crate::template::text(&Module {
            name: &name,
            path: &path,
        });
        let file = dir.join(format!("{name}.rs"));
        // A file that is written again is newer, and all that includes it is compiled again.
        let is_same = crate::read::text(&file, crate::read::MAX_TEXT_BYTES)
            .is_ok_and(|found| found == module);
        if !is_same {
            write_file(&file, module.as_bytes())?;
        }
        // cargo looks into a directory as a whole: new files count too.
        Ok((vec![self.wit.clone()], glue.findings))
    }
}
