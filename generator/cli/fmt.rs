//! `witgen fmt`: formats WIT.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use similar::TextDiff;

use super::shell::{Format, Outcome, Shell, counted};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::fileset::write_file;
use crate::format::{Options, files, format};
use crate::locate::find_here;
use crate::project::Project;
use crate::read;
use crate::registry::Registries;
use crate::source::Source;

/// The most bytes of a file; a syntax tree's positions have 32 bits.
const MAX_BYTES: u64 = 1 << 30;

/// The path that stands for standard input.
const STDIN: &str = "-";

/// Format WIT: one layout for every file, with each comment where it was.
///
/// Without a path, the files of the package are formatted: of the folder that `witgen.toml` names, else of `./wit`. In a folder, the
/// folders `deps`, `target` and `node_modules` are left out. A file that isn't valid WIT is reported and stays as it is.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen fmt
  witgen fmt --check
  witgen fmt api.wit more/
  witgen fmt - --stdin-filename api.wit < api.wit")]
pub(super) struct Fmt {
    /// Files and folders, or `-` for standard input, which is printed formatted
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; print what would change, and fail if anything would
    #[arg(long)]
    check: bool,
    /// What messages call standard input
    #[arg(long, value_name = "FILE", default_value = "<stdin>")]
    stdin_filename: String,
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
        let project = Project::open(Path::new("."))?;
        let configured = project.as_ref().and_then(|project| project.config().fmt.as_ref());
        let options = configured.map_or_else(Options::default, |it| Options::with_width(it.width));
        if self.reads_stdin() {
            return self.format_stdin(&options, shell);
        }
        let paths = if self.paths.is_empty() {
            vec![package_path()?]
        } else {
            self.paths.clone()
        };
        let found = Failure::collect::<_, Vec<_>>(paths.iter().map(|path| files(path)))?;
        let found: Vec<PathBuf> = found.into_iter().flatten().collect();
        let mut failures = Vec::new();
        let mut findings = Vec::new();
        for path in &found {
            match formatted(path, &options) {
                Ok(None) => {}
                Ok(Some((text, formatted))) if self.check => {
                    show(path, &text, &formatted, shell)?;
                    findings.push(unformatted(path));
                }
                Ok(Some((_, formatted))) => {
                    write_file(path, formatted.as_bytes())?;
                    shell.note(&format!("formatted {}", path.display()));
                }
                // The others are formatted whatever this one is.
                Err(failure) => failures.extend(failure.into_diagnostics()),
            }
        }
        shell.report(&findings);
        if let Some(failure) = Failure::of(failures) {
            return Err(failure.into());
        }
        if self.check && findings.is_empty() {
            shell.note(&format!("ok: {} formatted", counted(found.len(), "file")));
        }
        Ok(Status::of(&findings))
    }

    fn format_stdin(&self, options: &Options, shell: &mut Shell) -> Outcome<Status> {
        if self.paths.len() > 1 {
            let message = "standard input can't be formatted together with files";
            return Err(Diagnostic::error(codes::STDIN_WITH_FILES, message)
                .at(Place::argument(STDIN))
                .help("run the command twice")
                .into());
        }
        let mut bytes = Vec::new();
        let name = &self.stdin_filename;
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
        .help("run `witgen fmt`")
}

/// Returns the folder or the file of the package that is here.
fn package_path() -> Result<PathBuf> {
    match find_here(None, Path::new("."), &Registries::default())?.source {
        Source::Directory(path) | Source::File(path) => Ok(path),
        other => {
            let message = format!("the package of this folder is {other}, which is not WIT text");
            Err(Diagnostic::error(codes::NO_WIT, message)
                .at(Place::argument("witgen fmt"))
                .help("name files or folders")
                .into())
        }
    }
}
