//! The options of the log.

use std::io::{self, IsTerminal as _};

use bytesize::ByteSize;
use clap::{Args, ValueEnum};

use super::access::AccessField;
use super::filter::LogFilter;
use super::member::OutputLimit;
use crate::serve::values::{count, size};

/// The contents and the format of the log.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log")]
pub struct LogArgs {
    /// The format of the log on stderr; `auto` is for people on a terminal, and JSON elsewhere
    #[arg(long = "log", value_name = "FORM", default_value = "auto")]
    pub form: LogForm,
    /// The minimum level, for all targets or per target: `warn,access=info`
    #[arg(
        long,
        value_name = "LEVEL|TARGET=LEVEL",
        default_value = "info",
        env = "WITGEN_LOG",
        hide_env_values = true
    )]
    pub log_level: LogFilter,
    /// Leave requests out of the log
    #[arg(long)]
    pub no_access_log: bool,
    /// The fields of requests in the log [default: all in JSON; for people, the fields that the message doesn't contain]
    #[arg(
        long,
        value_name = "FIELD",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub access_log_fields: Vec<AccessField>,
    /// Give each request an identifier in `x-request-id`, and return it in the response
    ///
    /// A valid identifier of the client is kept.
    #[arg(long)]
    pub request_id: bool,
    /// Maximum lines per second that each member may write to the log
    #[arg(long, value_name = "N", default_value = "1000", value_parser = count)]
    pub max_output_lines: usize,
    /// Maximum size per second that each member may write to the log
    #[arg(long, value_name = "SIZE", default_value = "1MB", value_parser = size)]
    pub max_output_size: ByteSize,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    Auto,
    /// Lines for people
    Human,
    /// A line of JSON for each event
    Json,
}

impl LogArgs {
    /// Whether the log is written for people.
    pub fn is_for_people(&self) -> bool {
        match self.form {
            LogForm::Auto => io::stderr().is_terminal(),
            LogForm::Human => true,
            LogForm::Json => false,
        }
    }

    pub fn output_limit(&self) -> OutputLimit {
        OutputLimit {
            lines: self.max_output_lines,
            bytes: self.max_output_size.as_u64(),
        }
    }
}
