//! Reads WIT of a git revision with the program `git`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::text::{Group, Input, MAX_BYTES};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::git;

/// Reads a directory or a file of a revision; the path starts at a directory of the work tree.
pub(super) fn read(dir: &Path, revision: &str, path: &str) -> Result<Input> {
    let place = || Place::argument(format!("git:{revision}:{path}"));
    let git = Git { dir, revision };
    git.require_revision(&place)?;
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let files = git.files(path, &place)?;
    let mut texts = git.texts(&files, &place)?;
    if files == [path] {
        return Ok(Input {
            main: Group {
                files: texts.pop().into_iter().collect(),
            },
            deps: Vec::new(),
            encoded: Vec::new(),
        });
    }
    let mut main = Vec::new();
    let mut deps: BTreeMap<String, Vec<(String, Arc<str>)>> = BTreeMap::new();
    for (file, text) in files.iter().zip(texts) {
        let inside = file.strip_prefix(path).unwrap_or(file).trim_start_matches('/');
        match *inside.split('/').collect::<Vec<_>>() {
            [_] => main.push(text),
            ["deps", package] | ["deps", package, _] => {
                deps.entry(package.to_owned()).or_default().push(text);
            }
            _ => {}
        }
    }
    if main.is_empty() {
        let message = format!("no `.wit` file in `{path}` of the revision `{revision}`");
        return Err(Diagnostic::error(codes::NO_WIT, message)
            .at(place())
            .help("name the package's directory: `git:REVISION:PATH`")
            .into());
    }
    Ok(Input {
        main: Group { files: main },
        deps: deps.into_values().map(|files| Group { files }).collect(),
        encoded: Vec::new(),
    })
}

/// A revision of the repository that contains a directory.
struct Git<'a> {
    dir: &'a Path,
    revision: &'a str,
}

impl Git<'_> {
    fn command(&self, args: &[&str]) -> Command {
        git::command(self.dir, args)
    }

    /// Rejects a directory without a repository, and an unknown revision.
    fn require_revision(&self, place: &dyn Fn() -> Place) -> Result<()> {
        git::require_repository(self.dir, place(), "name a directory")?;
        let commit = format!("{}^{{commit}}", self.revision);
        let args = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let run = |args: &[&str]| {
            let output = self.command(args).stdin(Stdio::null()).output();
            output.map_err(|error| failed(&error.to_string(), place))
        };
        if !run(&args)?.status.success() {
            let is_shallow = run(&["rev-parse", "--is-shallow-repository"])?;
            if is_shallow.stdout.starts_with(b"true") {
                return Err(self.not_in_shallow_clone().at(place()).into());
            }
            let message = format!("the repository has no revision `{}`", self.revision);
            return Err(Diagnostic::error(codes::UNKNOWN_REVISION, message)
                .at(place())
                .help("name a commit, a branch or a tag; `git fetch --tags` gets those of others")
                .into());
        }
        Ok(())
    }

    /// The error for a revision that a clone without its history can't have.
    fn not_in_shallow_clone(&self) -> Diagnostic {
        let message = format!(
            "this clone is shallow and doesn't have the revision `{}`",
            self.revision
        );
        Diagnostic::error(codes::SHALLOW_CLONE, message)
            .help("run `git fetch --unshallow --tags`; in GitHub Actions, give `actions/checkout` `fetch-depth: 0`")
            .help("or compare with a published version, such as `wasi:http@0.3.2`, which needs no history")
    }

    /// Lists the `.wit` files under a path; their paths start at the directory.
    fn files(&self, path: &str, place: &dyn Fn() -> Place) -> Result<Vec<String>> {
        let path = match path {
            "" => ".",
            path => path,
        };
        let args = [
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            self.revision,
            "--",
            path,
        ];
        let output = self
            .command(&args)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| failed(&error.to_string(), place))?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(failed(&reason, place).into());
        }
        let names: Vec<String> = String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|name| name.ends_with(".wit"))
            .map(str::to_owned)
            .collect();
        if names.is_empty() {
            let message = format!("the revision `{}` has no WIT in `{path}`", self.revision);
            return Err(Diagnostic::error(codes::NO_WIT, message)
                .at(place())
                .help("name the package's directory: `git:REVISION:PATH`")
                .into());
        }
        Ok(names)
    }

    /// Reads the texts of files, with their names for messages.
    fn texts(
        &self,
        files: &[String],
        place: &dyn Fn() -> Place,
    ) -> Result<Vec<(String, Arc<str>)>> {
        let read = || -> std::io::Result<Vec<(String, Vec<u8>)>> {
            let mut child = self
                .command(&["cat-file", "--batch"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            let mut input = child.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
            let mut output =
                BufReader::new(child.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?);
            let mut texts = Vec::new();
            for file in files {
                // Without `./`, the path would start at the root of the repository.
                writeln!(input, "{}:./{file}", self.revision)?;
                input.flush()?;
                // `<object> blob <size>`, the contents, and a line's end
                let mut header = String::new();
                output.read_line(&mut header)?;
                let size = header.trim().rsplit(' ').next().and_then(|size| size.parse().ok());
                let Some(size) = size else {
                    return Err(std::io::Error::other(header.trim().to_owned()));
                };
                if size > MAX_BYTES {
                    return Err(std::io::Error::other(format!(
                        "`{file}` is larger than 1 GiB"
                    )));
                }
                let mut contents = Vec::new();
                (&mut output).take(size).read_to_end(&mut contents)?;
                output.read_line(&mut header)?;
                texts.push((format!("git:{}:{file}", self.revision), contents));
            }
            drop(input);
            child.wait()?;
            Ok(texts)
        };
        read()
            .map_err(|error| failed(&error.to_string(), place))?
            .into_iter()
            .map(|(name, bytes)| match String::from_utf8(bytes) {
                Ok(text) => Ok((name, text.into())),
                Err(_) => Err(Diagnostic::error(
                    codes::NOT_UTF_8,
                    format!("`{name}` is not UTF-8"),
                )
                .at(Place::path(&name))
                .help("WIT text is UTF-8")
                .into()),
            })
            .collect()
    }
}

fn failed(reason: &str, place: &dyn Fn() -> Place) -> Diagnostic {
    Diagnostic::error(
        codes::GIT_FAILED,
        format!("git cannot read the revision: {reason}"),
    )
    .at(place())
}
