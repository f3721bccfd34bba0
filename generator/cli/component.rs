//! `witgen component`: a core module into a component.

use std::path::PathBuf;

use clap::Args;

use super::shared::{Made, Wit, output, read};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::built_for::{OtherVersion, other_versions};
use crate::component::{Adapter, Fit, encode, fit, fits};
use crate::diagnostic::{Diagnostic, Failure, Place, codes};

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
    /// Overwrite a file that witgen didn't make
    #[arg(long)]
    force: bool,
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
                    module: read(file, HELP_FOR_UNREADABLE_MODULE)?,
                })
            })
            .collect::<Result<Vec<_>, Failure>>()?;
        let component = encode(&read(&self.module, HELP_FOR_UNREADABLE_MODULE)?, &adapters)
            .map_err(|failure| failure.at(Place::path(&self.module)))?;

        let fits = fits(&package, &component);
        let others = other_versions(&package, &component)?;
        if let Some(wanted) = wanted {
            // It may be a dependency's world, which isn't among `fits`.
            let fit = fit(&package, wanted, &component);
            if let Err(reason) = &fit.result {
                let finding = misfit(&fit.world, reason, &others);
                shell.report(&[finding.at(Place::path(&self.module))]);
                return Ok(Status::Findings);
            }
        }
        let made = Made::Component(&component);
        output(&self.out, made, &self.inputs(), self.force, shell)?;
        report_fits(&fits, &others, shell);
        Ok(Status::Fine)
    }

    /// The files that the component is made of.
    fn inputs(&self) -> Vec<PathBuf> {
        let adapters = self.adapt.iter().map(|(_, file)| file.clone());
        let wit = self.wit.wit.as_ref().map(PathBuf::from);
        adapters.chain([self.module.clone()]).chain(wit).collect()
    }
}

/// What to do about a module that can't be read.
const HELP_FOR_UNREADABLE_MODULE: &str =
    "has the crate been built, and is this the name that cargo gave the module?";

fn misfit(world: &str, reason: &str, others: &[OtherVersion]) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::MISFIT,
        format!("the component does not fit `{world}`: {reason}"),
    );
    others
        .iter()
        .map(|other| format!("it is built for {other}: {}", other.advice()))
        .fold(finding, Diagnostic::help)
        .help("nothing was written; without --world it is, and the worlds that it fits are named")
}

/// Reports the worlds that the component fits, or why it fits none.
fn report_fits(fits: &[Fit], others: &[OtherVersion], shell: &Shell) {
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
            for other in others {
                shell.note(&format!("  it is built for {other}: {}", other.advice()));
            }
            for fit in fits {
                if let Err(reason) = &fit.result {
                    shell.note(&format!("  {}: {reason}", fit.world));
                }
            }
        }
    }
}
