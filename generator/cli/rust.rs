//! `witgen rust`: glue in Rust.

use std::path::{Component, Path, PathBuf};

use clap::Args;

use super::Status;
use super::shared::{Out, Wit};
use super::shell::{Outcome, Shell};
use crate::diagnostic::Diagnostic;
use crate::emit::{rust_guest, rust_host};
use crate::fileset::FileSet;

/// Make Rust glue for a world: what a guest's author writes against, and what a host runs guests with.
///
/// The directory that is written is one module for each side: DIR/guest and DIR/host, or DIR itself
/// if one side is named. Put it into a crate's `src` and say `mod proxy;`. Its `mod.rs` says what the
/// crate needs in its `Cargo.toml`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen rust --world proxy
  witgen rust --world proxy --guest --out src/proxy
  witgen rust --wit api.wit --world plugin --host --out src/plugin")]
pub(super) struct Rust {
    #[command(flatten)]
    wit: Wit,
    /// The world: `proxy`, `wasi:http/proxy` or `wasi:http/proxy@0.3.3`; may be left out if there is
    /// one only
    #[arg(long)]
    world: Option<String>,
    /// Make the guest's side only
    #[arg(long, conflicts_with = "host")]
    guest: bool,
    /// Make the host's side only
    #[arg(long)]
    host: bool,
    /// Give worlds with wasi:http in them the same plain form as others
    #[arg(long)]
    no_http: bool,
    /// The path of the guest's module in its crate, for `export!`  [default: crate:: and the world's
    /// name]
    #[arg(long, value_name = "PATH", conflicts_with = "host")]
    module: Option<String>,
    #[command(flatten)]
    out: Out,
}

impl Rust {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let package = self.wit.load(shell)?;
        let world = package.select_world(self.world.as_deref())?;
        let default = package.world_name(world).to_owned();
        let out = self.out.out.as_deref().unwrap_or(Path::new(&default));
        let mut folder = folder_in_crate(out);
        let has_both = !self.guest && !self.host;
        if has_both {
            folder.push_str("/host");
        }
        let host = rust_host::Options {
            http: !self.no_http,
            folder: Some(folder),
        };
        let guest = rust_guest::Options {
            http: !self.no_http,
            module: self.module,
        };
        let files = if has_both {
            let host = rust_host::render(package.clone(), world, &host);
            let host =
                host.map_err(|error| leave_out(error, "--guest makes the guest's side only"))?;
            let guest = rust_guest::render(package, world, &guest);
            let guest =
                guest.map_err(|error| leave_out(error, "--host makes the host's side only"))?;
            let mut files = FileSet::new();
            files.insert_folder("guest", guest);
            files.insert_folder("host", host);
            files
        } else if self.host {
            rust_host::render(package, world, &host)?
        } else {
            rust_guest::render(package, world, &guest)?
        };
        self.out.apply(&files, &default, shell)
    }
}

/// Says how to do without a side that cannot be made.
fn leave_out(error: Diagnostic, how: &str) -> Diagnostic {
    if error.rule.starts_with("unsupported-by-") {
        error.help(how)
    } else {
        error
    }
}

/// A directory as its crate sees it: from the folder of the nearest `Cargo.toml` above it, with `/`.
/// Outside of any crate it is taken to become a folder of one's `src`.
fn folder_in_crate(out: &Path) -> String {
    let out = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
    let out = normal(&out);
    let mut above = out.ancestors().skip(1);
    let root = above.find(|folder| folder.join("Cargo.toml").is_file());
    let inside = root.and_then(|root| out.strip_prefix(root).ok());
    let inside = inside.map(Path::to_owned).unwrap_or_else(|| {
        let name = out.file_name().unwrap_or_default();
        Path::new("src").join(name)
    });
    let parts = inside.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// A path without `..`, as far as can be told without looking.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
