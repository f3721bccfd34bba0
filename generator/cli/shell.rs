//! The terminal: results to stdout, everything else to stderr.

use std::cell::RefCell;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

use super::checkout::Checkout;
use crate::diagnostic::{Class, Diagnostic, Failure, Place, Severity, codes, render};

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
    /// Workflow commands, which GitHub shows next to the changed lines
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Markdown, for comments and summaries
    Markdown,
}

/// Why a command stops early.
#[derive(Debug)]
pub(super) enum Stop {
    Failed(Failure),
    /// The reader of stdout has closed the pipe.
    ClosedPipe,
}

impl<T: Into<Failure>> From<T> for Stop {
    fn from(failure: T) -> Self {
        Stop::Failed(failure.into())
    }
}

/// The outcome of something that prints.
pub(super) type Outcome<T> = Result<T, Stop>;

/// Where a command prints.
pub(super) struct Shell {
    pub quiet: bool,
    pub format: Format,
    color: ColorChoice,
    stdout: BufWriter<io::Stdout>,
    /// The diagnostics for programs.
    reported: RefCell<Option<Vec<Diagnostic>>>,
    /// Whether stdout has another result than what is reported.
    has_other_result: bool,
}

impl Shell {
    /// With `has_other_result`, what programs are to read of diagnostics goes to stderr: stdout has the result of
    /// the command.
    pub fn new(quiet: bool, color: Color, format: Format, has_other_result: bool) -> Self {
        let color = match color {
            // A log of a CI is not a terminal, even if it pretends to be one.
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
            reported: RefCell::new(None),
            has_other_result,
        }
    }

    /// Prints a result, followed by nothing; without characters that a terminal acts on.
    pub fn print(&mut self, text: &str) -> Outcome<()> {
        self.print_styled(&render::printable_columns(text))
    }

    /// Prints a result that has colours, and no other characters that a terminal acts on.
    pub fn print_styled(&mut self, text: &str) -> Outcome<()> {
        let written = self.stdout.write_all(text.as_bytes());
        written.map_err(unwritten)
    }

    /// Prints text as it is; on a terminal, without characters that it acts on.
    pub fn print_exact(&mut self, text: &str) -> Outcome<()> {
        if io::stdout().is_terminal() {
            self.print(text)
        } else {
            self.print_styled(text)
        }
    }

    /// Prints a binary result, but not to a terminal.
    pub fn print_binary(&mut self, bytes: &[u8]) -> Outcome<()> {
        if io::stdout().is_terminal() {
            return Err(Diagnostic::error(
                codes::BINARY_TO_TERMINAL,
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

    /// Whether text has colours.
    pub fn is_colored(&self) -> bool {
        self.color != ColorChoice::Never
    }

    /// Shows the current step on a terminal, until the next one replaces it.
    pub fn progress(&self, doing: &str) {
        if self.is_watched() {
            let doing = render::printable(doing);
            let _ = write!(io::stderr().lock(), "\r\x1b[K{doing} …");
        }
    }

    /// Takes back what was being done.
    pub fn end_progress(&self) {
        if self.is_watched() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }

    fn is_watched(&self) -> bool {
        let is_log = std::env::var_os("CI").is_some();
        !self.quiet && self.format == Format::Human && !is_log && io::stderr().is_terminal()
    }

    /// Prints a note for people, which is not a result.
    pub fn note(&self, text: &str) {
        if !self.quiet && self.format == Format::Human {
            // A closed stderr is no reason to fail.
            let _ = writeln!(io::stderr().lock(), "{}", render::printable(text));
        }
    }

    /// Ends a list of findings with their number, and with the outcome.
    pub fn summary(&self, findings: &[Diagnostic], outcome: &str) {
        let counts = counts(findings);
        let colon = if counts.is_empty() { "" } else { ": " };
        self.note(&format!("{counts}{colon}{outcome}{}", hint(findings)));
    }

    /// Ends a check with the number of findings, and with what was checked.
    pub fn check_summary(&self, findings: &[Diagnostic], checked: &[String]) {
        let checked = listed(checked);
        if findings.is_empty() {
            self.note(&format!("ok: checked {checked}"));
        } else {
            let (counts, hint) = (counts(findings), hint(findings));
            self.note(&format!("{counts} (checked {checked}){hint}"));
        }
    }

    /// Shows what a check found. People read how many warnings of lint there are, since `witgen lint` shows these.
    pub fn report_check(&self, findings: &[Diagnostic]) {
        if self.format != Format::Human {
            self.report(findings);
            return;
        }
        let others: Vec<_> = findings.iter().filter(|it| !is_lint_warning(it)).cloned().collect();
        self.report(&others);
    }

    /// Shows diagnostics: to people at once, to programs all of a run together.
    pub fn report(&self, diagnostics: &[Diagnostic]) {
        if self.format != Format::Human {
            let mut reported = self.reported.borrow_mut();
            reported.get_or_insert_default().extend_from_slice(diagnostics);
            return;
        }
        let mut stderr = BufWriter::new(io::stderr().lock());
        // A closed stderr is no reason to fail.
        let _ = diagnostics.iter().enumerate().try_for_each(|(at, found)| {
            let blank = if at == 0 { "" } else { "\n" };
            let shown = render::human(found, self.is_colored());
            writeln!(stderr, "{blank}{shown}")
        });
    }

    /// Renders findings in the chosen format.
    pub fn rendered(&self, findings: &[Diagnostic]) -> String {
        match self.format {
            Format::Human => {
                findings.iter().map(|it| render::human(it, self.is_colored()) + "\n").collect()
            }
            Format::Json => format!("{}\n", render::json(findings)),
            Format::Github => render::github(&Checkout::here().findings(findings)),
            Format::Sarif => format!("{}\n", render::sarif(&Checkout::here().findings(findings))),
            Format::Markdown => render::markdown(&Checkout::here().findings(findings)),
        }
    }

    /// Ends the document for programs, with all diagnostics since the last one.
    pub fn end_report(&mut self) -> Outcome<()> {
        let Some(reported) = self.reported.take() else {
            return Ok(());
        };
        if self.format == Format::Human {
            return Ok(());
        }
        let text = self.rendered(&reported);
        if self.has_other_result {
            // A closed stderr is no reason to fail.
            let _ = io::stderr().lock().write_all(text.as_bytes());
            return Ok(());
        }
        self.print(&text)?;
        self.flush()
    }
}

/// Whether `witgen lint` shows this, and nothing fails because of it.
fn is_lint_warning(finding: &Diagnostic) -> bool {
    finding.severity == Severity::Warning && finding.code.class() == Class::Lint
}

/// `1 error, 2 warnings`
fn counts(findings: &[Diagnostic]) -> String {
    let count = |severity| findings.iter().filter(|it| it.severity == severity).count();
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning")]
        .map(|(severity, what)| (count(severity), what));
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, what)| counted(count, what)).collect::<Vec<_>>().join(", ")
}

/// Returns how to see the findings that [`Shell::report_check`] leaves out.
fn hint(findings: &[Diagnostic]) -> &'static str {
    if findings.iter().any(is_lint_warning) {
        "; `witgen lint` shows the warnings"
    } else {
        ""
    }
}

/// `a`, `a and b`, `a, b and c`
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 error`, `2 errors`
pub(super) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn unwritten(error: io::Error) -> Stop {
    if error.kind() == ErrorKind::BrokenPipe {
        return Stop::ClosedPipe;
    }
    Diagnostic::error(
        codes::CANNOT_WRITE,
        format!("cannot write to stdout: {error}"),
    )
    .at(Place::argument("stdout"))
    .help("check the free space where stdout is written")
    .into()
}
