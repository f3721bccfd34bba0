//! Runs the program `git`.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// Returns a command of git's in a directory; an empty path is the current one.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    let dir = if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    };
    command.current_dir(dir).args(args);
    command
}

/// Returns the line that a command of git's prints; none if it fails.
pub(crate) fn line(dir: &Path, args: &[&str]) -> Option<String> {
    let output = command(dir, args).stdin(Stdio::null()).output().ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| printed.trim_end_matches('\n').to_owned())
}

/// Rejects a directory that is not in a repository; `help` is what to do instead of using git.
pub(crate) fn require_repository(dir: &Path, place: Place, help: &str) -> Result<()> {
    let output = command(dir, &["rev-parse", "--git-dir"]).stdin(Stdio::null()).output();
    match output {
        Err(error) => Err(unavailable(&error, place, help).into()),
        Ok(output) if output.status.success() => Ok(()),
        Ok(_) => {
            let message = "this directory is not in a git repository".to_owned();
            Err(Diagnostic::error(codes::NO_REPOSITORY, message)
                .at(place)
                .help(format!("go to the repository, or {help}"))
                .into())
        }
    }
}

/// The error for a program `git` that can't be run.
fn unavailable(error: &io::Error, place: Place, help: &str) -> Diagnostic {
    Diagnostic::error(codes::NO_GIT, format!("cannot run `git`: {error}"))
        .at(place)
        .help(format!("install git, or {help}"))
}
