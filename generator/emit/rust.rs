//! Glue in Rust, for one side of a world or for both.

use std::path::Path;

use wit_parser::WorldId;

use super::glue_size::LargestFunctions;
use super::runtime::Runtime;
use super::type_options::TypeOptions;
use super::{rust_guest, rust_host};
use crate::diagnostic::{Class, Diagnostic, Failure, Place, Result, codes};
use crate::fileset::FileSet;
use crate::paths::folder_in_crate;
use crate::source::Package;

/// A side of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Glue for components.
    Guest,
    /// Glue for hosts.
    Host,
}

/// Options for generating glue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The side; both, in the folders `guest` and `host`, for `None`.
    pub side: Option<Side>,
    /// Whether worlds with `wasi:http` in them get types of the crate `http`.
    pub http: bool,
    /// The path of the guest's module in its crate; `crate::` and the world's name for `None`.
    pub module: Option<String>,
    /// Where the code is that doesn't depend on the world.
    pub runtime: Runtime,
    /// Derives, attributes and mapped interfaces of the types.
    pub types: TypeOptions,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            side: None,
            http: true,
            module: None,
            runtime: Runtime::Emit,
            types: TypeOptions::default(),
        }
    }
}

/// The glue of a world.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Glue {
    /// Its files.
    pub files: FileSet,
    /// Warnings about it: it is very large.
    pub findings: Vec<Diagnostic>,
}

/// Returns the glue of a world for the folder `out`; the host's glue contains its place in its crate.
///
/// # Errors
///
/// A world that one of the sides doesn't support, with advice to generate the other side.
pub fn glue(package: Package, world: WorldId, out: &Path, options: &Options) -> Result<Glue> {
    let largest = LargestFunctions::of(&package, world);
    let files = render(package, world, out, options)?;
    let findings = largest.report(&files).into_iter().collect();
    Ok(Glue { files, findings })
}

/// Returns the files of [`glue`].
///
/// # Errors
///
/// As [`glue`].
pub fn render(package: Package, world: WorldId, out: &Path, options: &Options) -> Result<FileSet> {
    if let (Runtime::At(path), None) = (&options.runtime, options.side) {
        let message = "guest glue and host glue can't share a runtime";
        return Err(Diagnostic::error(codes::AMBIGUOUS_RUNTIME, message)
            .at(Place::argument(format!("--runtime {path}")))
            .help("name a side: `--guest` or `--host`, or `side` in `witgen.toml`")
            .into());
    }
    let mut folder = folder_in_crate(out);
    if options.side.is_none() {
        folder.push_str("/host");
    }
    let host = rust_host::Options {
        http: options.http,
        folder: Some(folder),
        runtime: options.runtime.clone(),
        types: options.types.clone(),
    };
    let guest = rust_guest::Options {
        http: options.http,
        module: options.module.clone(),
        runtime: options.runtime.clone(),
        types: options.types.clone(),
    };
    match options.side {
        Some(Side::Host) => rust_host::render(package, world, &host),
        Some(Side::Guest) => rust_guest::render(package, world, &guest),
        None => {
            let host = rust_host::render(package.clone(), world, &host)
                .map_err(|error| leave_out(error, "pass --guest to generate only guest glue"))?;
            let guest = rust_guest::render(package, world, &guest)
                .map_err(|error| leave_out(error, "pass --host to generate only host glue"))?;
            let mut files = FileSet::new();
            files.insert_folder("guest", guest);
            files.insert_folder("host", host);
            Ok(files)
        }
    }
}

/// Adds advice to leave out a side that isn't supported.
fn leave_out(error: Failure, how: &str) -> Failure {
    if error.code().class() == Class::Unsupported {
        error.help(how)
    } else {
        error
    }
}
