//! `witgen new`: a crate to begin with.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::emit::scaffold::{self, Target};

/// Make a crate for a component of wasi:http, which builds and passes its tests at once.
///
/// It holds a function from a request to a response, tests of it that need no wasm, the glue, and a
/// README that says how to go on.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen new proxy stamp
  witgen new service hello --out crates/hello
  witgen new proxy small --target wasm32-unknown-unknown")]
pub(super) struct New {
    /// What it is to be: `proxy`, `service` or `middleware`
    world: String,
    /// The crate's name
    name: String,
    /// The target that the crate is built for  [default: the one that is installed, else wasm32-wasip2]
    #[arg(long, value_name = "TARGET", value_parser = target_parser())]
    target: Option<Target>,
    /// The folder to write into, which may not be there yet  [default: NAME]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl New {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let obvious = scaffold::obvious_name(&self.name);
        let name = obvious.as_ref().unwrap_or(&self.name);
        let target = self.target.or_else(installed_target);
        let scaffold = scaffold::render(&self.world, name, target.unwrap_or_default())?;
        let dir = self.out.unwrap_or_else(|| PathBuf::from(name));
        scaffold.write(&dir)?;
        let dir = dir.display();
        if obvious.is_some() {
            shell.note(&format!(
                "`{}` is not a crate name; the crate is called `{name}`",
                self.name
            ));
        }
        shell.note(&format!("created {dir}, a crate for a {}", self.world));
        if target.is_none() {
            let target = Target::default().name();
            shell.note(&format!("install its target: rustup target add {target}"));
        }
        shell.note(&format!("next: cd {dir} && cargo test"));
        shell.note(&format!("and read {dir}/README.md"));
        Ok(Status::Fine)
    }
}

fn target_parser() -> impl TypedValueParser<Value = Target> {
    let names = PossibleValuesParser::new(Target::ALL.map(Target::name));
    names.map(|name| {
        let known = Target::ALL.into_iter().find(|target| target.name() == name);
        known.unwrap_or_default()
    })
}

/// Returns the first target whose standard library rustc has here.
fn installed_target() -> Option<Target> {
    Target::ALL.into_iter().find(|target| {
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.args(["--print", "target-libdir", "--target", target.name()]);
        let output = rustc.output().ok().filter(|output| output.status.success());
        let folder = output.and_then(|output| String::from_utf8(output.stdout).ok());
        folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
    })
}
