//! `witgen fmt`: formats WIT.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use similar::TextDiff;

use super::here::{package_here, project_here};
use super::shell::{Format, Outcome, Shell, counted};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::rewrite_file;
use crate::format::{Options, files, format};
use crate::read;
use crate::registry::Registries;
use crate::source::Source;

/// The most bytes of a file; its tree takes 75 times as much memory.
const MAX_BYTES: u64 = 64 << 20;

/// The path that stands for standard input.
const STDIN: &str = "-";

/// Format WIT files.
///
/// Without a path, formats the files of the package: those of the directory that `witgen.toml` names, else of `./wit`.
/// Skips the directories `deps`, `target` and `node_modules`. If a file isn't valid WIT, the command reports it and
/// doesn't change it. Comments are kept.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen fmt
  witgen fmt --check
  witgen fmt api.wit more/
  witgen fmt - --stdin-filename api.wit < api.wit")]
pub(super) struct Fmt {
    /// Files and directories, or `-` to format standard input to standard output
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; print the changes, and fail if there are any
    #[arg(long)]
    check: bool,
    /// The file name of standard input in messages
    #[arg(long, value_name = "FILE", requires = "paths")]
    stdin_filename: Option<String>,
}

impl Fmt {
    /// Whether stdout has formatted text.
    pub fn prints_text(&self) -> bool {
        self.reads_stdin() && !self.check
    }

    fn reads_stdin(&self) -> bool {
        self.paths.iter().any(|path| path == Path::new(STDIN))
    }

    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let project = project_here()?;
        let configured = project.as_ref().and_then(|project| project.config().fmt.as_ref());
        let options = configured.map_or_else(Options::default, |it| Options::with_width(it.width));
        if self.stdin_filename.is_some() && !self.reads_stdin() {
            let message = "`--stdin-filename` is for standard input";
            return Err(Diagnostic::error(codes::STDIN_WITH_FILES, message)
                .at(Place::argument("--stdin-filename"))
                .help("name `-` instead of files, or leave out the option")
                .into());
        }
        if self.reads_stdin() {
            return self.format_stdin(&options, shell);
        }
        let paths = if self.paths.is_empty() {
            vec![package_path()?]
        } else {
            self.paths.clone()
        };
        let mut failures = Vec::new();
        let mut findings = Vec::new();
        let mut found = BTreeSet::new();
        for path in &paths {
            match files(path) {
                Ok(files) => found.extend(files),
                Err(failure) => failures.extend(failure.into_diagnostics()),
            }
        }
        for path in &found {
            let changed = match formatted(path, &options) {
                Ok(None) => continue,
                Ok(Some((text, formatted))) if self.check => {
                    show(path, &text, &formatted, shell)?;
                    findings.push(unformatted(path));
                    continue;
                }
                Ok(Some((_, formatted))) => rewrite_file(path, formatted.as_bytes()),
                Err(failure) => Err(failure),
            };
            match changed {
                Ok(()) => shell.note(&format!("formatted {}", path.display())),
                // A failure doesn't stop the formatting of the other files.
                Err(failure) => failures.extend(failure.into_diagnostics()),
            }
        }
        shell.report(&findings);
        if let Some(failure) = Failure::of(failures) {
            return Err(failure.into());
        }
        if self.check && findings.is_empty() {
            let all = counted(found.len(), "file");
            shell.note(&format!("ok: {all} checked"));
        }
        Ok(Status::of(&findings))
    }

    fn format_stdin(&self, options: &Options, shell: &mut Shell) -> Outcome<Status> {
        if self.paths.len() > 1 {
            let message = "standard input can't be formatted together with files";
            return Err(Diagnostic::error(codes::STDIN_WITH_FILES, message)
                .at(Place::argument(STDIN))
                .help("run the command once for standard input, and once for the files")
                .into());
        }
        let mut bytes = Vec::new();
        let name = self.stdin_filename.as_deref().unwrap_or("<stdin>");
        let unreadable = |why: String| {
            let message = format!("cannot read standard input: {why}");
            Diagnostic::error(codes::UNREADABLE, message).at(Place::argument(name))
        };
        let read = io::stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(error.to_string()))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(unreadable("it is too large".to_owned()).into());
        }
        let text =
            String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
        let formatted = format(name, &text, options)?;
        if !self.check {
            shell.print_exact(&formatted)?;
            return Ok(Status::Fine);
        }
        let mut findings = Vec::new();
        if formatted != text {
            let path = Path::new(name);
            show(path, &text, &formatted, shell)?;
            findings.push(unformatted(path));
        }
        shell.report(&findings);
        Ok(Status::of(&findings))
    }
}

/// Returns the text of a file and its formatted text, if these differ.
fn formatted(path: &Path, options: &Options) -> Result<Option<(String, String)>> {
    let text = read::text(path, MAX_BYTES).map_err(|error| {
        let message = format!("cannot read `{}`: {error}", path.display());
        Diagnostic::error(codes::UNREADABLE, message).at(Place::path(path))
    })?;
    let formatted = format(&path.display().to_string(), &text, options)?;
    Ok((formatted != text).then_some((text, formatted)))
}

/// Prints what would change, for people.
fn show(path: &Path, text: &str, formatted: &str, shell: &mut Shell) -> Outcome<()> {
    if shell.format != Format::Human {
        return Ok(());
    }
    let name = path.display().to_string();
    let diff = TextDiff::from_lines(text, formatted);
    shell.print(&diff.unified_diff().header(&name, &name).to_string())
}

fn unformatted(path: &Path) -> Diagnostic {
    let message = format!("`{}` is not formatted", path.display());
    Diagnostic::error(codes::UNFORMATTED, message)
        .at(Place::path(path))
        .help(format!("run `witgen fmt {}`", path.display()))
}

/// Returns the folder or the file of the package that is here.
fn package_path() -> Result<PathBuf> {
    let nothing = |message: String| {
        Diagnostic::error(codes::NO_WIT, message)
            .at(Place::argument("witgen fmt"))
            .help("name files or directories")
    };
    match package_here(&Registries::default())?.map(|found| found.source) {
        Some(Source::Directory(path) | Source::File(path)) => Ok(path),
        Some(other) => {
            let message =
                format!("the package of this directory is {other}, which is not WIT text");
            Err(nothing(message).into())
        }
        None => Err(nothing("no WIT package in this directory".to_owned()).into()),
    }
}
