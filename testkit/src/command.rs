//! Runs `witgen`.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `witgen` in a directory; returns its exit status and what it wrote to stderr.
pub fn witgen(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = run(dir, args);
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), stderr)
}

/// Runs `witgen` in a directory; returns its exit status and what it wrote to stdout, where the findings are that
/// programs read. It writes nothing to stderr.
pub fn findings(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = run(dir, args);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), stdout)
}

fn run(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    command.args(args).current_dir(dir).output().unwrap()
}
