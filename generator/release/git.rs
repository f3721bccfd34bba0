//! Commits and tags releases.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::git;
use crate::paths::absolute;

/// The most changed files that a message lists.
const MAX_FILES_SHOWN: usize = 10;

/// The repository that a package is in.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    dir: PathBuf,
}

impl Repository {
    /// Finds the repository of a directory.
    ///
    /// # Errors
    ///
    /// No git, and a directory outside of any repository.
    pub fn open(dir: &Path) -> Result<Self> {
        git::require_repository(dir, Place::argument("--commit"), "leave out `--commit`")?;
        Ok(Repository {
            dir: dir.to_owned(),
        })
    }

    /// Rejects a work tree with changes that aren't committed.
    pub fn require_clean(&self) -> Result<()> {
        // With -z, paths are as they are: neither quoted nor escaped.
        let status = [
            "status",
            "--porcelain",
            "-z",
            "--no-renames",
            "--untracked-files=normal",
        ];
        let output = self.run(&status)?;
        let changed = String::from_utf8_lossy(&output.stdout).into_owned();
        let files: Vec<&str> = changed.split('\0').filter_map(|entry| entry.get(3..)).collect();
        if files.is_empty() {
            return Ok(());
        }
        let mut shown: Vec<String> =
            files.iter().take(MAX_FILES_SHOWN).map(|file| format!("`{file}`")).collect();
        if files.len() > MAX_FILES_SHOWN {
            shown.push(format!("{} more", files.len() - MAX_FILES_SHOWN));
        }
        let message = format!(
            "the work tree has changes that aren't committed: {}",
            shown.join(", ")
        );
        Err(Diagnostic::error(codes::DIRTY_WORK_TREE, message)
            .at(Place::path(or_here(&self.dir)))
            .help("commit them first, or pass `--allow-dirty`; nothing was changed")
            .into())
    }

    /// Rejects a tag that exists, and a name that no tag may have.
    pub fn require_new_tag(&self, name: &str) -> Result<()> {
        let full = format!("refs/tags/{name}");
        if !self.try_run(&["check-ref-format", &full])?.status.success() {
            let message = format!("no tag can be named `{name}`");
            return Err(Diagnostic::error(codes::INVALID_CONFIG, message)
                .at(Place::argument("--tag"))
                .help("change `tag` of `[release]` in witgen.toml")
                .into());
        }
        if self.try_run(&["rev-parse", "--verify", "--quiet", &full])?.status.success() {
            let message = format!("the tag `{name}` exists already");
            return Err(Diagnostic::error(codes::ALREADY_RELEASED, message)
                .at(Place::argument("--tag"))
                .help(format!(
                    "release another version, or remove the tag: `git tag -d {name}`"
                ))
                .into());
        }
        Ok(())
    }

    /// Commits these files and no others. Files that git ignores are left out.
    pub fn commit(&self, files: &[PathBuf], message: &str) -> Result<()> {
        let paths: Vec<String> =
            files.iter().map(|file| absolute(file).display().to_string()).collect();
        let ignored = self.run_with(&["check-ignore", "-z", "--stdin"], &paths.join("\0"))?;
        let ignored = String::from_utf8_lossy(&ignored.stdout).into_owned();
        let ignored: Vec<&str> = ignored.split('\0').collect();
        let committed: Vec<&str> = paths
            .iter()
            .map(String::as_str)
            .filter(|path| !ignored.contains(path))
            .collect();
        let list = committed.join("\0");
        let from_stdin = ["--pathspec-from-file=-", "--pathspec-file-nul"];
        let added = [&["add", "--all"], from_stdin.as_slice()].concat();
        require_success(self.run_with(&added, &list)?)?;
        let committed = [&["commit", "--quiet", "-m", message], from_stdin.as_slice()].concat();
        require_success(self.run_with(&committed, &list)?)
    }

    /// Tags the last commit.
    pub fn tag(&self, name: &str, message: &str) -> Result<()> {
        self.run(&["tag", "--annotate", name, "-m", message]).map(drop)
    }

    fn run(&self, args: &[&str]) -> Result<Output> {
        let output = self.try_run(args)?;
        let text = output.clone();
        require_success(output)?;
        Ok(text)
    }

    fn try_run(&self, args: &[&str]) -> Result<Output> {
        let output = git::command(&self.dir, args).stdin(Stdio::null()).output();
        output.map_err(|error| failed(&error.to_string()).into())
    }

    fn run_with(&self, args: &[&str], input: &str) -> Result<Output> {
        let run = || -> io::Result<Output> {
            let mut child = git::command(&self.dir, args)
                // A file may be called `*.wit`.
                .env("GIT_LITERAL_PATHSPECS", "1")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            let mut stdin = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
            let input = input.to_owned();
            // git writes output before it has read all input.
            let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
            let output = child.wait_with_output()?;
            // If git ends early, its output has the reason.
            let _ = writer.join();
            Ok(output)
        };
        run().map_err(|error| failed(&error.to_string()).into())
    }
}

fn require_success(output: Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Err(failed(if reason.is_empty() { &said } else { &reason }).into())
}

fn failed(reason: &str) -> Diagnostic {
    Diagnostic::error(codes::GIT_FAILED, format!("git failed: {reason}"))
        .at(Place::argument("--commit"))
}

fn or_here(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    }
}
