//! The command line: one file a subcommand, which parses, calls the library, and prints.
//!
//! Exit status: 0 fine; 1 findings; 2 the command could not be carried out.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::diagnostic::{Diagnostic, Place, codes};
use crate::panics::catch_all;

mod add;
mod attest;
mod bump;
mod check;
mod checkout;
mod compile;
mod completions;
mod component;
mod compose;
#[cfg(feature = "conform")]
mod conform;
mod deploy;
mod diff;
mod docs;
mod explain;
mod fetch;
mod fmt;
mod generate;
mod global;
mod golden;
mod groups;
mod here;
mod init;
mod inspect;
mod lint;
mod lsp;
mod man;
mod new;
mod outdated;
mod publication;
mod publish;
mod registries;
mod release;
mod remove;
mod rust;
mod schema;
mod search;
mod serve;
mod shared;
mod shell;
mod status;
mod tag;
mod update;
mod verify;
mod watch;
mod workflow;

use global::Global;
use shell::{Shell, Stop};
use status::Status;

/// Generate code, pages and checks from WIT, and link and run components.
///
/// Commands read the package of `witgen.toml`, in this directory or the nearest one above it, else `./wit`. --wit names
/// another one. Without a package, `rust`, `component` and `inspect` use the built-in wasi:http. Other commands use it with
/// `--wit wasi:http@0.3.1002`.
#[derive(Debug, Parser)]
#[command(
    name = "witgen",
    version,
    propagate_version = true,
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::New),
    Rust(rust::Rust),
    Docs(docs::Docs),
    Golden(golden::Golden),
    Init(init::Init),
    Generate(generate::Generate),
    Check(check::Check),
    Bump(bump::BumpCommand),
    Release(release::Release),
    Watch(watch::WatchCommand),
    Serve(serve::Serve),
    Compile(compile::Compile),
    Component(component::Component),
    Compose(compose::Compose),
    Deploy(deploy::Deploy),
    #[cfg(feature = "conform")]
    Conform(conform::Conform),
    Publish(publish::Publish),
    Verify(verify::Verify),
    Fetch(fetch::Fetch),
    Add(add::Add),
    Remove(remove::Remove),
    Update(update::Update),
    Outdated(outdated::Outdated),
    Search(search::Search),
    Fmt(fmt::Fmt),
    Diff(diff::Diff),
    Lint(lint::Lint),
    Lsp(lsp::Lsp),
    Explain(explain::Explain),
    Inspect(inspect::Inspect),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Returns the command line.
fn command() -> clap::Command {
    groups::grouped(Cli::command())
}

/// Runs the program with these arguments, the first of which is its name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = command().try_get_matches_from(args).and_then(|matches| {
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command()))
    });
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, everything else is a failure; clap knows which stream.
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    let Global {
        quiet,
        color,
        format,
        ref directory,
    } = cli.global;
    let mut shell = Shell::new(quiet, color, format, cli.command.prints_result());
    if let Some(directory) = directory
        && let Err(error) = std::env::set_current_dir(directory)
    {
        shell.report(&[cannot_enter(directory, &error)]);
        let _ = shell.end_report();
        return ExitCode::from(2);
    }
    let outcome = catch_all(|| match cli.command {
        Command::New(command) => command.exec(&mut shell),
        Command::Rust(command) => command.exec(&mut shell),
        Command::Docs(command) => command.exec(&mut shell),
        Command::Golden(command) => command.exec(&mut shell),
        Command::Init(command) => command.exec(&mut shell),
        Command::Generate(command) => command.exec(&mut shell),
        Command::Check(command) => command.exec(&mut shell),
        Command::Bump(command) => command.exec(&mut shell),
        Command::Release(command) => command.exec(&mut shell),
        Command::Watch(command) => command.exec(&mut shell),
        Command::Serve(command) => command.exec(&cli.global, &mut shell),
        Command::Compile(command) => command.exec(&cli.global, &mut shell),
        Command::Component(command) => command.exec(&mut shell),
        Command::Compose(command) => command.exec(&mut shell),
        Command::Deploy(command) => command.exec(&mut shell),
        #[cfg(feature = "conform")]
        Command::Conform(command) => command.exec(&mut shell),
        Command::Publish(command) => command.exec(&mut shell),
        Command::Verify(command) => command.exec(&mut shell),
        Command::Fetch(command) => command.exec(&mut shell),
        Command::Add(command) => command.exec(&mut shell),
        Command::Remove(command) => command.exec(&mut shell),
        Command::Update(command) => command.exec(&mut shell),
        Command::Outdated(command) => command.exec(&mut shell),
        Command::Search(command) => command.exec(&mut shell),
        Command::Fmt(command) => command.exec(&mut shell),
        Command::Diff(command) => command.exec(&mut shell),
        Command::Lint(command) => command.exec(&mut shell),
        Command::Lsp(command) => command.exec(),
        Command::Explain(command) => command.exec(&mut shell),
        Command::Inspect(command) => command.exec(&mut shell),
        Command::Schema(command) => command.exec(&mut shell),
        Command::Completions(completions) => completions.exec(command(), &mut shell),
        Command::Man(man) => man.exec(command(), &mut shell),
    })
    .unwrap_or_else(|panic| Err(panicked(&panic).into()));
    let reports = registries::reports();
    if !reports.is_empty() {
        shell.report(&reports);
    }
    let status = match outcome.and_then(|status| shell.flush().map(|()| status)) {
        Ok(Status::Fine) => ExitCode::SUCCESS,
        Ok(Status::Findings) => ExitCode::from(1),
        #[cfg(not(unix))]
        Ok(Status::Ended(code)) => ExitCode::from(code),
        // The reader of our output has closed the pipe.
        Err(Stop::ClosedPipe) => ExitCode::SUCCESS,
        Err(Stop::Failed(failure)) => {
            shell.report(failure.diagnostics());
            ExitCode::from(2)
        }
    };
    match shell.end_report() {
        Ok(()) | Err(Stop::ClosedPipe) => status,
        Err(Stop::Failed(failure)) => {
            // The failure can't be written as a document for programs, because stdout has failed.
            eprintln!("{failure}");
            ExitCode::from(2)
        }
    }
}

impl Command {
    /// Whether stdout has a result of the command's own. Of the other commands, what they found is the result.
    fn prints_result(&self) -> bool {
        match self {
            Command::Fmt(command) => command.prints_text(),
            #[cfg(feature = "conform")]
            Command::Conform(_) => true,
            Command::Component(_)
            | Command::Lsp(_)
            | Command::Compose(_)
            | Command::Publish(_)
            | Command::Add(_)
            | Command::Outdated(_)
            | Command::Search(_)
            | Command::Bump(_)
            | Command::Release(_)
            | Command::Diff(_)
            | Command::Verify(_)
            | Command::Explain(_)
            | Command::Inspect(_)
            | Command::Schema(_)
            | Command::Completions(_)
            | Command::Man(_) => true,
            Command::New(_)
            | Command::Rust(_)
            | Command::Docs(_)
            | Command::Golden(_)
            | Command::Init(_)
            | Command::Generate(_)
            | Command::Check(_)
            | Command::Watch(_)
            | Command::Serve(_)
            | Command::Compile(_)
            | Command::Deploy(_)
            | Command::Fetch(_)
            | Command::Remove(_)
            | Command::Update(_)
            | Command::Lint(_) => false,
        }
    }
}

/// The failure for a directory of `-C` that can't be entered.
fn cannot_enter(directory: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot enter `{}`: {error}", directory.display());
    Diagnostic::error(codes::NOT_A_DIRECTORY, message)
        .at(Place::argument(format!("-C {}", directory.display())))
        .help("name a directory that exists")
}

/// The failure for a panic that nothing below has turned into an error.
fn panicked(panic: &str) -> Diagnostic {
    Diagnostic::error(codes::INTERNAL_ERROR, format!("witgen panicked: {panic}"))
        .help("this is a bug in witgen; please report it with the input, and with what RUST_BACKTRACE=1 adds")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_well_formed() {
        super::command().debug_assert();
    }
}
