//! `witgen rust`: glue in Rust.

use std::path::Path;

use clap::Args;

use super::shared::{Out, Wit};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::emit::runtime::Runtime;
use crate::emit::rust::{self, Options, Side};

/// Make Rust glue for a world: what a guest's author writes against, and what a host runs guests with.
///
/// The directory that is written is one module for each side: DIR/guest and DIR/host, or DIR itself
/// if one side is named. Put it into a crate's `src` and say `mod proxy;`. Its `mod.rs` says what the
/// crate needs in its `Cargo.toml`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen rust --world proxy
  witgen rust --world proxy --guest --out src/proxy
  witgen rust --world service --guest --out src/service --runtime crate::proxy::runtime
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
    /// The path of a runtime that this glue shares, in the same crate or another one; without it, the
    /// glue has its own  [example: crate::proxy::runtime]
    #[arg(long, value_name = "PATH")]
    runtime: Option<String>,
    #[command(flatten)]
    out: Out,
}

impl Rust {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let package = self.wit.load(shell)?;
        let world = package.select_world(self.world.as_deref())?;
        let default = package.world_name(world).to_owned();
        let out = self.out.out.as_deref().unwrap_or(Path::new(&default));
        let side = match (self.guest, self.host) {
            (true, _) => Some(Side::Guest),
            (_, true) => Some(Side::Host),
            _ => None,
        };
        let options = Options {
            side,
            http: !self.no_http,
            module: self.module,
            runtime: Runtime::at(self.runtime),
        };
        let files = rust::render(package, world, out, &options)?;
        self.out.apply(&files, &default, shell)
    }
}
