//! Makes the repository hold a release of `wasi:http`; `scripts/upstream.sh --adopt` calls it.
//!
//! ```text
//! adopt ROOT WIT VERSION
//! ```
//!
//! ROOT is the repository, WIT the folder `wit` of the crate `wasip3`, and VERSION the crate's version.

use std::path::Path;
use std::process::{Command, ExitCode};

use testkit::adopt::{Adoption, Release, plan};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, wit, version] = arguments.as_slice() else {
        eprintln!("usage: adopt ROOT WIT VERSION");
        return ExitCode::from(2);
    };
    match adopt(Path::new(root), Path::new(wit), version) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}\nnothing was changed");
            ExitCode::from(2)
        }
    }
}

fn adopt(root: &Path, wit: &Path, version: &str) -> Result<String, String> {
    let changes = git(root, &["status", "--porcelain"])?;
    if !changes.is_empty() {
        return Err(format!(
            "the work tree has changes; commit them first, so that the adoption can be read and undone\n{}",
            changes.trim_end()
        ));
    }
    let tracked: Vec<String> = git(root, &["ls-files", "-z"])?
        .split_terminator('\0')
        .map(String::from)
        .collect();
    let wasip3 = version.split('+').next().unwrap_or_default();
    let adoption = plan(root, &tracked, &Release { wit, wasip3 })?;
    adoption.write(root)?;
    Ok(report(&adoption))
}

/// Runs git and returns its output.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output();
    let output = output.map_err(|error| format!("cannot run git: {error}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
    }
}

/// Describes what was done and what is left to do.
fn report(adoption: &Adoption) -> String {
    let (held, number) = (&adoption.numbers.released.1, &adoption.numbers.ours.1);
    if adoption.files.is_empty() {
        return format!("wasi:http@{held} is adopted already, as {number}");
    }
    let mut text = format!(
        "adopted wasi:http@{held} as {number}: {} files changed\n",
        adoption.files.len()
    );
    let mut list = |title: &str, lines: &[String]| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}:\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
    };
    list("write documentation for", &adoption.undocumented);
    list(
        "check the documentation of these items, whose signature or gate changed",
        &adoption.changed,
    );
    list(
        "remove what mentions these items, which the release no longer has",
        &adoption.removed,
    );
    list(
        "decide whether witgen is to contain these packages",
        &adoption.unknown_packages,
    );
    text.push_str("\nthen go on with step 3 of docs/upstream.md, \"Adopting a release\"");
    text
}
