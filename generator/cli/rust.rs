//! `witgen rust`: glue in Rust.

use clap::Args;

use super::Status;
use super::shared::{Out, Wit};
use super::shell::{Outcome, Shell};
use crate::diagnostic::{Diagnostic, Place};
use crate::emit::rust_guest;

/// Make Rust glue for a world: what a guest's author writes against.
///
/// The directory that is written is one module: put it into a crate's `src` and say `mod proxy;`.
/// Its `mod.rs` says what the crate needs in its `Cargo.toml`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen rust --world proxy --out src/proxy
  witgen rust --wit api.wit --world plugin --module crate::glue::plugin --out src/glue/plugin")]
pub(super) struct Rust {
    #[command(flatten)]
    wit: Wit,
    /// The world: `proxy`, `wasi:http/proxy` or `wasi:http/proxy@0.3.3`; may be left out if there is
    /// one only
    #[arg(long)]
    world: Option<String>,
    /// Make the guest's side
    #[arg(long, conflicts_with = "host")]
    guest: bool,
    /// Make the host's side
    #[arg(long)]
    host: bool,
    /// Give worlds with wasi:http in them the same plain form as others
    #[arg(long)]
    no_http: bool,
    /// The module's path in the crate, for `export!`  [default: crate:: and the world's name]
    #[arg(long, value_name = "PATH")]
    module: Option<String>,
    #[command(flatten)]
    out: Out,
}

impl Rust {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        if self.host {
            return Err(
                Diagnostic::error("no-host-glue", "this version makes no host glue yet")
                    .at(Place::argument("--host"))
                    .help("without --host, or with --guest, the guest's side is made")
                    .into(),
            );
        }
        let package = self.wit.load(shell)?;
        let world = package.select_world(self.world.as_deref())?;
        let default = package.world_name(world).to_owned();
        let options = rust_guest::Options {
            http: !self.no_http,
            module: self.module,
        };
        let files = rust_guest::render(package, world, &options)?;
        self.out.apply(&files, &default, shell)
    }
}
