//! `witgen serve`: components over HTTP, by the program `witgen-serve`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::global::Global;
use super::shell::{Color, Format, Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// Serve components over HTTP.
///
/// This runs the program `witgen-serve`, which is next to `witgen` or on the PATH, with the same arguments; `witgen
/// serve --help` lists them.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    disable_version_flag = true,
    override_usage = "witgen serve [OPTIONS] <[PROGRAM=]FILE|REF>...",
    after_help = "Examples:
  witgen serve hello.wasm
  witgen serve gate.wasm stamp.wasm --origin http://127.0.0.1:3000 --allow gate=auth.example"
)]
pub(super) struct Serve {
    /// The members, and further options of `witgen-serve`
    #[arg(
        value_name = "ARGUMENTS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    arguments: Vec<OsString>,
}

impl Serve {
    pub fn exec(self, global: &Global, shell: &mut Shell) -> Outcome<Status> {
        run_program(&[], &self.arguments, global, shell)
    }
}

/// Runs `witgen-serve` with options of witgen's own and the user's arguments.
pub(super) fn run_program(
    options: &[&str],
    arguments: &[OsString],
    global: &Global,
    shell: &mut Shell,
) -> Outcome<Status> {
    let program = match find("witgen serve") {
        Err(_) if asks_for_help(arguments) => {
            shell.print(HELP)?;
            return Ok(Status::Fine);
        }
        found => found?,
    };
    let mut command = Command::new(&program);
    command.args(options);
    if global.quiet {
        command.arg("--no-access-log");
    }
    if global.format == Format::Json {
        command.arg("--log=json");
    }
    if global.color == Color::Never {
        command.env("NO_COLOR", "1");
    }
    command.args(arguments);
    Ok(run(command, &program)?)
}

fn asks_for_help(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument == "--help" || argument == "-h")
}

const PROGRAM: &str = "witgen-serve";

/// The output of `witgen-serve --help`, for users who don't have that program yet. A test of `witgen-serve` compares it.
const HELP: &str = include_str!("../../templates/serve/help.txt");

/// Returns the program, beside this one or on the PATH, for a command that needs it.
pub(super) fn find(command: &str) -> Result<PathBuf> {
    let file = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let own = std::env::current_exe().ok();
    let beside = own.as_deref().and_then(Path::parent).map(Path::to_owned);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(std::env::split_paths(&path));
    let mut programs = folders.map(|folder| folder.join(&file));
    programs.find(|program| program.is_file()).ok_or_else(|| {
        Diagnostic::error(
            codes::NO_WITGEN_SERVE,
            format!("`{command}` needs `{PROGRAM}`, which isn't installed"),
        )
        .help("install it: `cargo install --locked witgen-serve`, or copy it next to `witgen`")
        .into()
    })
}

/// Becomes the program, so that signals reach it.
#[cfg(unix)]
fn run(mut command: Command, program: &Path) -> Result<Status> {
    use std::os::unix::process::CommandExt as _;
    Err(cannot_run(program, &command.exec()).into())
}

/// Runs the program, and ends as it ends.
#[cfg(not(unix))]
fn run(mut command: Command, program: &Path) -> Result<Status> {
    let ended = command.status().map_err(|error| cannot_run(program, &error))?;
    let code = ended.code().and_then(|code| u8::try_from(code).ok());
    Ok(Status::Ended(code.unwrap_or(2)))
}

fn cannot_run(program: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot run `{}`: {error}", program.display());
    Diagnostic::error(codes::NO_WITGEN_SERVE, message).at(Place::path(program))
}
