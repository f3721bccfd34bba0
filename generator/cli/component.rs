//! `witgen component`: a core module into a component.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Status;
use super::shared::Wit;
use super::shell::{Outcome, Shell};
use crate::component::{Adapter, Fit, encode, fit, fits};
use crate::diagnostic::{Diagnostic, Place};
use crate::fileset::write_file;

/// Make a component of a core module, and say which world it fits.
///
/// The module is what `cargo build --target wasm32-unknown-unknown` leaves of a crate with guest glue
/// in it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen component target/wasm32-unknown-unknown/release/stamp.wasm -o stamp.wasm
  witgen component stamp.core.wasm -o stamp.wasm --world proxy")]
pub(super) struct Component {
    /// The core module
    module: PathBuf,
    /// The component; `-` is stdout
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Fail, and write nothing, unless it fits this world
    #[arg(long)]
    world: Option<String>,
    /// A core module that provides what the module imports from NAME
    #[arg(long, value_name = "NAME=FILE", value_parser = adapter)]
    adapt: Vec<(String, PathBuf)>,
    #[command(flatten)]
    wit: Wit,
}

fn adapter(argument: &str) -> Result<(String, PathBuf), String> {
    match argument.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), file.into()))
        }
        _ => Err("write it as NAME=FILE".to_owned()),
    }
}

impl Component {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let package = self.wit.load(shell)?;
        let wanted = match &self.world {
            Some(name) => Some(package.select_world(Some(name))?),
            None => None,
        };
        let adapters = self
            .adapt
            .iter()
            .map(|(name, file)| {
                Ok(Adapter {
                    name: name.clone(),
                    module: read(file)?,
                })
            })
            .collect::<Result<Vec<_>, Diagnostic>>()?;
        let component = encode(&read(&self.module)?, &adapters)
            .map_err(|failure| failure.at(Place::path(&self.module)))?;

        let fits = fits(&package, &component);
        if let Some(wanted) = wanted {
            // It may be a dependency's world, which isn't among `fits`.
            let fit = fit(&package, wanted, &component);
            if let Err(reason) = &fit.result {
                shell.report(&[misfit(&fit.world, reason).at(Place::path(&self.module))]);
                return Ok(Status::Findings);
            }
        }
        if self.out == Path::new("-") {
            shell.print_binary(&component)?;
        } else {
            self.write(&component)?;
        }
        tell(&fits, shell);
        Ok(Status::Fine)
    }

    fn write(&self, component: &[u8]) -> Result<(), Diagnostic> {
        let adapters = self.adapt.iter().map(|(_, file)| file.as_path());
        let inputs = adapters.chain([self.module.as_path()]);
        let inputs = inputs.chain(self.wit.wit.as_deref().map(Path::new));
        if let Some(input) = inputs.into_iter().find(|input| is_same(&self.out, input)) {
            return Err(Diagnostic::error(
                "would-overwrite-input",
                format!(
                    "the component would overwrite `{}`, which it is made of",
                    input.display()
                ),
            )
            .at(Place::argument(format!("--out {}", self.out.display())))
            .help("give the component a name of its own"));
        }
        if self.out.is_dir() {
            return Err(Diagnostic::error(
                "cannot-write",
                format!("`{}` is a directory", self.out.display()),
            )
            .at(Place::argument(format!("--out {}", self.out.display())))
            .help("name a file"));
        }
        write_file(&self.out, component)
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    std::fs::read(path).map_err(|error| {
        Diagnostic::error(
            "unreadable",
            format!("cannot read `{}`: {error}", path.display()),
        )
        .at(Place::path(path))
        .help("has the crate been built, and is this the name that cargo gave the module?")
    })
}

fn misfit(world: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(
        "misfit",
        format!("the component does not fit `{world}`: {reason}"),
    )
    .help("nothing was written; without --world it is, and the worlds that it fits are named")
}

/// Says which worlds the component fits, or why none.
fn tell(fits: &[Fit], shell: &Shell) {
    let fitting: Vec<_> = fits
        .iter()
        .filter(|fit| fit.result.is_ok())
        .map(|fit| fit.world.as_str())
        .collect();
    match fitting.as_slice() {
        [first] => shell.note(&format!("fits {first}")),
        [first, others @ ..] => {
            shell.note(&format!("fits {first}, and so {}", others.join(", ")));
        }
        [] => {
            shell.note("fits no world of the package:");
            for fit in fits {
                if let Err(reason) = &fit.result {
                    shell.note(&format!("  {}: {reason}", fit.world));
                }
            }
        }
    }
}
