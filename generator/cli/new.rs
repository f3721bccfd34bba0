//! `witgen new`: a crate to begin with.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Failure, Place, codes};
use crate::emit::languages::{self, LANGUAGES, Language};
use crate::emit::new_host;
use crate::emit::scaffold::{self, Target};

/// The kind of crate that isn't a component.
const HOST: &str = "host";

/// Create a project for a component or a host.
///
/// The project builds and passes its tests at once. A component has a function from a request to a response, and
/// tests that need no wasm. The README has the next steps. `host` is a program that serves a component.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen new proxy stamp
  witgen new service hello --out crates/hello
  witgen new proxy small --target wasm32-unknown-unknown
  witgen new proxy stamp --lang python
  witgen new service hello --lang c
  witgen new host server")]
pub(super) struct New {
    /// The kind of project: `proxy`, `service`, `middleware` or `host`
    world: String,
    /// The name of the project
    name: String,
    /// The language of the project
    #[arg(long, value_name = "LANGUAGE", value_parser = language_parser(), default_value = "rust")]
    lang: NewLanguage,
    /// The target of a Rust crate [default: the installed target, else wasm32-wasip2]
    #[arg(long, value_name = "TARGET", value_parser = target_parser())]
    target: Option<Target>,
    /// The directory to write to [default: NAME]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl New {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let obvious = scaffold::obvious_name(&self.name);
        let name = obvious.as_ref().unwrap_or(&self.name);
        if obvious.is_some() {
            let given = &self.name;
            shell.note(&format!(
                "`{given}` is not a name of a package; this one is called `{name}`"
            ));
        }
        if self.world == HOST {
            return self.write_host(name, shell);
        }
        if let Some(language) = self.lang.0 {
            return self.write_project(name, language, shell);
        }
        let target = self.target.or_else(installed_target);
        let scaffold = scaffold::render(&self.world, name, target.unwrap_or_default())?;
        let dir = self.out.unwrap_or_else(|| PathBuf::from(name));
        scaffold.write(&dir)?;
        let dir = dir.display();
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

impl New {
    /// Writes a crate for a program that runs components.
    fn write_host(&self, name: &str, shell: &mut Shell) -> Outcome<Status> {
        let option = [
            (self.lang.0.is_some(), "--lang"),
            (self.target.is_some(), "--target"),
        ];
        if let Some((_, option)) = option.into_iter().find(|(is_given, _)| *is_given) {
            let message = format!("`{option}` is for components, and this is a program");
            let error = Diagnostic::error(codes::NO_TEMPLATE, message)
                .at(Place::argument(option))
                .help(format!("leave out `{option}`; hosts are written in Rust"));
            return Err(Failure::from(error).into());
        }
        let dir = self.out.clone().unwrap_or_else(|| PathBuf::from(name));
        new_host::render(name)?.write(&dir)?;
        let dir = dir.display();
        shell.note(&format!(
            "created {dir}, a crate for a program that runs components"
        ));
        shell.note(&format!("next: cd {dir} && cargo run -- COMPONENT.wasm"));
        shell.note(&format!("and read {dir}/README.md"));
        Ok(Status::Fine)
    }

    /// Writes a project in another language than Rust.
    fn write_project(&self, name: &str, language: &Language, shell: &mut Shell) -> Outcome<Status> {
        if let Some(target) = self.target {
            let message = format!("`{}` is a target of crates in Rust", target.name());
            let error = Diagnostic::error(codes::NO_TEMPLATE, message)
                .at(Place::argument("--target"))
                .help("leave out `--target` or `--lang`");
            return Err(Failure::from(error).into());
        }
        let dir = self.out.clone().unwrap_or_else(|| PathBuf::from(name));
        languages::render(&self.world, name, language)?.write(&dir)?;
        let (dir, language) = (dir.display(), language.name());
        shell.note(&format!("created {dir}, a {} in {language}", self.world));
        shell.note(&format!("next: build it; {dir}/README.md describes how"));
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

/// A language of a new project; none for Rust.
#[derive(Clone, Copy, Debug)]
struct NewLanguage(Option<&'static Language>);

fn language_parser() -> impl TypedValueParser<Value = NewLanguage> {
    let others = LANGUAGES.map(Language::name);
    let names = PossibleValuesParser::new(std::iter::once("rust").chain(others));
    names.map(|name| NewLanguage(LANGUAGES.into_iter().find(|language| language.name() == name)))
}
