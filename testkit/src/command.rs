//! Runs `witgen`.

use std::path::Path;
use std::process::Command;

/// Runs `witgen` in a directory; returns its exit status and what it wrote to stderr.
pub fn witgen(dir: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    let output = command.args(args).current_dir(dir).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), stderr)
}
