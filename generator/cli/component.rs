//! `witgen component`: a core module into a component, and which worlds a component fits.

use std::path::PathBuf;

use askama::Template;
use clap::Args;
use serde::Serialize;
use wasmparser::Parser;
use wit_parser::WorldId;

use super::shared::{Made, Wit, json, output, read};
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::built_for::{OtherVersion, other_versions};
use crate::component::{self, Adapter, AsyncImports, Fit, encode, fit, fits, with_async_imports};
use crate::decode::holds_types_only;
use crate::diagnostic::{Diagnostic, Failure, Place, codes};
use crate::extern_names::ExternNames;
use crate::source::{self, Package};
use crate::template::text;

/// Build a component from a core module, and list fitting worlds.
///
/// The module is the result of `cargo build --target wasm32-unknown-unknown` for a crate with guest glue. Without
/// `--out`, the file is a finished component: the command reports which worlds it fits, and why it doesn't fit the
/// others. With `--out`, the command writes a finished component again. Synchronous imports become async if they are async
/// in the package, because some toolchains can't import async functions.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen component target/wasm32-unknown-unknown/release/stamp.wasm -o stamp.wasm
  witgen component stamp.core.wasm -o stamp.wasm --world proxy
  witgen component stamp.wasm --world middleware
  witgen component javascript.wasm -o proxy.wasm --world proxy")]
pub(super) struct Component {
    /// The core module, or a component
    #[arg(value_name = "FILE")]
    module: PathBuf,
    /// The component to write; `-` is stdout
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Overwrite a file that witgen didn't write
    #[arg(long, requires = "out")]
    force: bool,
    /// Fail, and write nothing, if the component doesn't fit this world
    #[arg(long)]
    world: Option<String>,
    /// A core module that provides the imports from NAME
    #[arg(long, value_name = "NAME=FILE", value_parser = adapter, requires = "out")]
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
        let module = read(&self.module, HELP_FOR_UNREADABLE_MODULE)?;
        let Some(out) = &self.out else {
            let component = finished(&module).map_err(|failure| failure.at(self.place()))?;
            return self.report_on(&package, wanted, &component, shell);
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
        let made = self.make(&package, &module, &adapters);
        let AsyncImports {
            component,
            functions,
            ..
        } = made.map_err(|failure| failure.at(self.place()))?;

        let fits = fits(&package, &component);
        let others = unsupported_versions(&package, &component, &fits)?;
        if let Some(wanted) = wanted {
            // It may be a dependency's world, which isn't among `fits`.
            let fit = fit(&package, wanted, &component);
            if let Err(reason) = &fit.result {
                let finding = misfit(&fit.world, reason, &others)
                    .help("nothing was written; leave out --world to write it anyway");
                shell.report(&[finding.at(self.place())]);
                return Ok(Status::Findings);
            }
        }
        let made = Made::Component(&component);
        output(out, made, &self.inputs(), self.force, shell)?;
        for function in functions {
            shell.note(&format!("made async: {function}"));
        }
        report_fits(&fits, &others, shell);
        Ok(Status::Fine)
    }

    /// Makes a component of a core module, or makes the imports of a finished component async.
    fn make(
        &self,
        package: &Package,
        module: &[u8],
        adapters: &[Adapter],
    ) -> Result<AsyncImports, Failure> {
        let binary = component::binary(module)?;
        if !adapters.is_empty() || !Parser::is_component(&binary) || holds_types_only(&binary) {
            return encode(&binary, adapters).map(AsyncImports::unchanged);
        }
        let made = with_async_imports(package.resolve(), &binary)?;
        Ok(made.unwrap_or_else(|| AsyncImports::unchanged(component::signed(binary.into_owned()))))
    }

    /// Reports which worlds a finished component fits, and why not the others; or whether it fits the one that is
    /// wanted.
    fn report_on(
        &self,
        package: &Package,
        wanted: Option<WorldId>,
        component: &[u8],
        shell: &mut Shell,
    ) -> Outcome<Status> {
        let fits = match wanted {
            Some(world) => vec![fit(package, world, component)],
            None => fits(package, component),
        };
        if fits.iter().all(|fit| fit.result.is_err()) {
            require_wit(component).map_err(|failure| failure.at(self.place()))?;
        }
        let others = unsupported_versions(package, component, &fits)?;
        if let (
            [
                Fit {
                    world,
                    result: Err(reason),
                    ..
                },
            ],
            Some(_),
        ) = (fits.as_slice(), wanted)
        {
            let mut finding = misfit(world, reason, &others).at(self.place());
            if let Ok(Some(made)) = with_async_imports(package.resolve(), component) {
                let functions = made.functions.join("`, `");
                finding = finding.help(format!(
                    "it imports the asynchronous `{functions}` as a plain function: `witgen component {} -o FILE` makes it async",
                    self.module.display()
                ));
            }
            shell.report(&[finding]);
            return Ok(Status::Findings);
        }
        if shell.format == Format::Json {
            let fits: Vec<_> = fits.iter().map(JsonFit::of).collect();
            shell.print(&json(&fits))?;
            return Ok(Status::Fine);
        }
        let report = Report {
            fits: &fits,
            others: &others,
        };
        shell.print(&text(&report))?;
        Ok(Status::Fine)
    }

    fn place(&self) -> Place {
        Place::path(&self.module)
    }

    /// The files that the component is made of.
    fn inputs(&self) -> Vec<PathBuf> {
        let adapters = self.adapt.iter().map(|(_, file)| file.clone());
        let wit = self.wit.wit.as_ref().map(PathBuf::from);
        adapters.chain([self.module.clone()]).chain(wit).collect()
    }
}

/// The help for a module that can't be read.
const HELP_FOR_UNREADABLE_MODULE: &str =
    "build the crate first, and check the name that cargo gave the module";

/// Whether a component fits a world, for programs.
#[derive(Serialize)]
struct JsonFit<'a> {
    world: &'a str,
    fits: bool,
    /// Why it doesn't.
    reason: Option<&'a str>,
    /// The packages of WASI 0.2 that it imports beside the world.
    wasi_0_2: &'a [String],
}

impl<'a> JsonFit<'a> {
    fn of(fit: &'a Fit) -> Self {
        JsonFit {
            world: &fit.world,
            fits: fit.result.is_ok(),
            reason: fit.result.as_ref().err().map(String::as_str),
            wasi_0_2: &fit.wasi_0_2,
        }
    }
}

/// Which worlds a component fits.
#[derive(Template)]
#[template(path = "component/fits.txt", escape = "none")]
struct Report<'a> {
    fits: &'a [Fit],
    others: &'a [OtherVersion],
}

impl Report<'_> {
    fn beside(&self, fit: &Fit) -> String {
        beside(fit)
    }
}

/// Returns a component in binary form.
///
/// # Errors
///
/// A core module, which must be turned into a component first, and all files that aren't components.
fn finished(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let binary = component::binary(bytes)?;
    if holds_types_only(&binary) {
        let message = "the file is a WIT package, which contains types and no code";
        let error = Diagnostic::error(codes::WIT_PACKAGE, message);
        return Err(error.help("`witgen inspect --wit` shows what is in it").into());
    }
    if Parser::is_core_wasm(&binary) {
        let message = "the file is a core module, and `-o` doesn't name a file for the component";
        let error = Diagnostic::error(codes::NO_OUTPUT, message);
        return Err(error.help("name a file, such as `-o stamp.wasm`").into());
    }
    ExternNames::of(&binary)?;
    Ok(binary.into_owned())
}

/// Rejects a component that no WIT world can describe. No comparison with a world could succeed.
fn require_wit(component: &[u8]) -> Result<(), Failure> {
    match source::decode(component) {
        Err(failure) if failure.code() == codes::NOT_IN_WIT => Err(failure),
        _ => Ok(()),
    }
}

/// Returns the packages that keep the component from fitting, because it was built for another version of them.
fn unsupported_versions(
    package: &Package,
    component: &[u8],
    fits: &[Fit],
) -> Result<Vec<OtherVersion>, Failure> {
    if fits.iter().any(|fit| fit.result.is_ok()) {
        return Ok(Vec::new());
    }
    other_versions(package, component)
}

/// Returns the imports of a component in addition to the world that it fits, as a suffix for the world: `, beside WASI 0.2
/// (wasi:cli, wasi:io)`.
fn beside(fit: &Fit) -> String {
    if fit.wasi_0_2.is_empty() {
        return String::new();
    }
    format!(", beside WASI 0.2 ({})", fit.wasi_0_2.join(", "))
}

fn misfit(world: &str, reason: &str, others: &[OtherVersion]) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::MISFIT,
        format!("the component does not fit `{world}`: {reason}"),
    );
    others
        .iter()
        .map(|other| format!("it is built for {other}: {}", other.advice()))
        .fold(finding, Diagnostic::help)
}

/// Reports the worlds that the component fits, or why it fits none.
fn report_fits(fits: &[Fit], others: &[OtherVersion], shell: &Shell) {
    let fitting: Vec<_> = fits.iter().filter(|fit| fit.result.is_ok()).collect();
    match fitting.as_slice() {
        [first] => shell.note(&format!("fits {}{}", first.world, beside(first))),
        [first, others @ ..] => {
            let others: Vec<_> = others.iter().map(|fit| fit.world.as_str()).collect();
            let others = others.join(", ");
            shell.note(&format!(
                "fits {}, and so {others}{}",
                first.world,
                beside(first)
            ));
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
