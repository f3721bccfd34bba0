//! The terminal: results to stdout, everything else to stderr.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

use crate::diagnostic::{Diagnostic, Place, render};

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// One object, for programs
    Json,
    /// Workflow commands, which GitHub shows beside the changed lines
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Why a command stops early.
#[derive(Debug)]
pub(super) enum Failure {
    Diagnostic(Diagnostic),
    /// Nobody reads stdout any more.
    ClosedPipe,
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Failure::Diagnostic(diagnostic)
    }
}

/// The outcome of something that prints.
pub(super) type Outcome<T> = Result<T, Failure>;

/// Where a command prints.
pub(super) struct Shell {
    pub quiet: bool,
    pub format: Format,
    color: ColorChoice,
    stdout: BufWriter<io::Stdout>,
}

impl Shell {
    pub fn new(quiet: bool, color: Color, format: Format) -> Self {
        let color = match color {
            // A log of a continuous integration is no terminal, whatever it pretends to be.
            Color::Auto if std::env::var_os("CI").is_some() => ColorChoice::Never,
            Color::Auto => AutoStream::choice(&io::stderr()),
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Shell {
            quiet,
            format,
            color,
            stdout: BufWriter::new(io::stdout()),
        }
    }

    /// Prints a result, followed by nothing.
    pub fn print(&mut self, text: &str) -> Outcome<()> {
        let written = self.stdout.write_all(text.as_bytes());
        written.map_err(unwritten)
    }

    /// Prints a binary result, unless somebody would see it.
    pub fn print_binary(&mut self, bytes: &[u8]) -> Outcome<()> {
        if io::stdout().is_terminal() {
            return Err(Diagnostic::error(
                "binary-to-terminal",
                "the result is binary, and stdout is a terminal",
            )
            .at(Place::argument("--out -"))
            .help("name a file with --out, or pipe it into another program")
            .into());
        }
        self.stdout.write_all(bytes).map_err(unwritten)
    }

    pub fn flush(&mut self) -> Outcome<()> {
        self.stdout.flush().map_err(unwritten)
    }

    /// Says what is going on, for people; not a result.
    pub fn note(&self, text: &str) {
        if !self.quiet && self.format == Format::Human {
            // A closed stderr is no reason to fail.
            let _ = writeln!(io::stderr().lock(), "{}", render::printable(text));
        }
    }

    /// Shows diagnostics.
    pub fn report(&self, diagnostics: &[Diagnostic]) {
        let mut stderr = io::stderr().lock();
        let colored = self.color != ColorChoice::Never;
        let _ = match self.format {
            Format::Json => writeln!(stderr, "{}", render::json(diagnostics)),
            Format::Github => write!(stderr, "{}", render::github(diagnostics)),
            Format::Sarif => writeln!(stderr, "{}", render::sarif(diagnostics)),
            Format::Human => diagnostics.iter().try_for_each(|diagnostic| {
                writeln!(stderr, "{}", render::human(diagnostic, colored))
            }),
        };
    }
}

fn unwritten(error: io::Error) -> Failure {
    if error.kind() == ErrorKind::BrokenPipe {
        return Failure::ClosedPipe;
    }
    Diagnostic::error("cannot-write", format!("cannot write to stdout: {error}"))
        .at(Place::argument("stdout"))
        .help("is the disk full that it goes to?")
        .into()
}
