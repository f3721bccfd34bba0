//! The command line, which is combined with the file again at each reload.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};
use witgen::chain_file::ChainFile;
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

use crate::serve::args::Args;

/// A command line.
#[derive(Debug)]
pub struct Command {
    /// The arguments, without the program.
    pub arguments: Vec<OsString>,
    pub args: Args,
    /// The options that the command line or the environment has values for, without their dashes.
    given: BTreeSet<String>,
}

impl Command {
    /// Parses the command line of this process. If it is wrong, the process ends with a message.
    pub fn parse() -> Self {
        let mut arguments = std::env::args_os();
        let program = arguments.next();
        let arguments: Vec<OsString> = arguments.collect();
        let matches = Args::command_line().get_matches_from(program.iter().chain(&arguments));
        let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        Command {
            arguments,
            args,
            given: given(&matches),
        }
    }

    /// Returns the `chain.toml` that the command line names, if it names one.
    ///
    /// # Errors
    ///
    /// Members and links of members beside it.
    pub fn file(&self) -> Result<Option<&Path>, Failure> {
        let members = &self.args.members;
        let Some(file) = members.iter().find(|member| is_chain_file(member)) else {
            return Ok(None);
        };
        let others = members.iter().filter(|member| *member != file).map(|member| member.as_str());
        let links = [("--hop", "hop"), ("--client", "client")];
        let links = links.iter().filter(|(_, option)| self.is_given(option));
        let beside: Vec<&str> = others.chain(links.map(|(flag, _)| *flag)).collect();
        let problems = beside.iter().map(|argument| {
            let message = format!("`{file}` describes all members, next hops and side calls");
            Diagnostic::error(codes::INVALID_CHAIN_FILE, message)
                .at(Place::argument(*argument))
                .help("leave this out, and change the file")
        });
        match Failure::of(problems.collect()) {
            Some(failure) => Err(failure),
            None => Ok(Some(Path::new(file))),
        }
    }

    /// Whether the command line or the environment has a value for an option, named without its dashes.
    pub fn is_given(&self, option: &str) -> bool {
        self.given.contains(option)
    }
}

fn given(matches: &ArgMatches) -> BTreeSet<String> {
    let command = Args::command();
    let is_given = |source| {
        matches!(
            source,
            Some(ValueSource::CommandLine | ValueSource::EnvVariable)
        )
    };
    let given = command
        .get_arguments()
        .filter(|argument| is_given(matches.value_source(argument.get_id().as_str())));
    given.filter_map(|argument| argument.get_long().map(str::to_owned)).collect()
}

/// Whether an argument names a `chain.toml`.
fn is_chain_file(argument: &str) -> bool {
    ChainFile::is_meant(argument) && !Path::new(argument).is_dir()
}
