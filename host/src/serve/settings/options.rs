//! The options that the file has values for.
//!
//! A value of the file becomes the argument with the same meaning, before those of the command line: one parser reads both.

use std::error::Error as _;
use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};
use witgen::chain_file::{ChainFile, OptionValue};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};

use super::command::Command;
use super::listeners::address;
use crate::serve::args::Args;
use crate::serve::listen::address::ListenAddress;

/// A name that stands for the program and for members, which the file has.
const ANY: &str = "witgen-serve";

/// Keys that are called otherwise than their options.
const RENAMED: [(&str, &str); 3] = [
    ("limits.trusted-proxies", "trusted-proxy"),
    ("log.level", "log-level"),
    ("log.format", "log"),
];

/// An argument, and where the file has its value.
struct Argument {
    option: String,
    value: Option<String>,
    place: Place,
}

impl Argument {
    fn to_os_string(&self) -> OsString {
        match &self.value {
            Some(value) => format!("--{}={value}", self.option).into(),
            None => format!("--{}", self.option).into(),
        }
    }
}

/// Returns the options of the command line, and those of the file that it doesn't have.
///
/// # Errors
///
/// All values of the file that an option can't have.
pub(super) fn merge(command: &Command, file: &ChainFile) -> Result<Args, Failure> {
    let arguments: Vec<Argument> = arguments(file)
        .into_iter()
        .filter(|argument| !command.is_given(&argument.option))
        .collect();
    let from_file = arguments.iter().map(Argument::to_os_string);
    let all = [OsString::from(ANY)]
        .into_iter()
        .chain(from_file)
        .chain(command.arguments.clone());
    Args::try_parse_from(all).map_err(|error| {
        let problems: Vec<Diagnostic> = arguments.iter().filter_map(problem).collect();
        Failure::of(problems).unwrap_or_else(|| {
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default().to_owned();
            let error = Diagnostic::error(codes::INVALID_CHAIN_FILE, message);
            error.at(Place::path(file.path())).into()
        })
    })
}

/// Returns the arguments with the meaning of the file.
fn arguments(file: &ChainFile) -> Vec<Argument> {
    let options = file.options();
    let of_options = options.iter().flat_map(of_option);
    let contents = file.contents();
    let routes = contents.side_calls.routes.iter().map(|(host, server)| Argument {
        option: "route".to_owned(),
        value: Some(format!("{}={}", **host, server.0)),
        place: file.place(server),
    });
    let authorities = contents.tls.ca.iter().map(|path| Argument {
        option: "ca".to_owned(),
        value: Some(file.resolve(path).display().to_string()),
        place: file.place(path),
    });
    let admin = contents.admin.iter().map(|admin| Argument {
        option: "admin".to_owned(),
        value: Some(match address(file, &admin.listen) {
            Ok(address @ ListenAddress::Unix(_)) => address.to_string(),
            _ => (*admin.listen).clone(),
        }),
        place: file.place(&admin.listen),
    });
    of_options.chain(routes).chain(authorities).chain(admin).collect()
}

fn of_option(option: &OptionValue) -> Vec<Argument> {
    let key = option.key.as_str();
    let renamed = RENAMED.iter().find(|(own, _)| *own == key).map(|(_, flag)| *flag);
    let flag = renamed.or_else(|| key.split_once('.').map(|(_, key)| key)).unwrap_or(key);
    let with = |option_name: &str, value: Option<&str>| Argument {
        option: option_name.to_owned(),
        value: value.map(str::to_owned),
        place: option.place.clone(),
    };
    let is_true = option.values.first().is_some_and(|value| value == "true");
    match key {
        "log.access-log" if is_true => Vec::new(),
        "log.access-log" => vec![with("no-access-log", None)],
        "log.request-id" | "server.member-times" | "server.server-timing" if is_true => {
            vec![with(flag, None)]
        }
        "log.request-id" | "server.member-times" | "server.server-timing" => Vec::new(),
        _ => option.values.iter().map(|value| with(flag, Some(value))).collect(),
    }
}

/// Returns what is wrong with a value, as its option reads it.
fn problem(argument: &Argument) -> Option<Diagnostic> {
    let arguments = [ANY.into(), argument.to_os_string(), ANY.into()];
    let error = Args::command().try_get_matches_from(arguments).err()?;
    let value = argument.value.as_deref().unwrap_or_default();
    let message = format!("`{}` can't be `{value}`", argument.option);
    let help = match error.source() {
        Some(source) => source.to_string(),
        // Such as the list of possible values.
        None => error.to_string().lines().nth(1).unwrap_or_default().trim().to_owned(),
    };
    let problem = Diagnostic::error(codes::INVALID_CHAIN_FILE, message).at(argument.place.clone());
    Some(problem.help(help))
}
