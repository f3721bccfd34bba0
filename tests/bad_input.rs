//! Bad input ends in status 2 and one clear message, and nothing is written.
//!
//! A folder of `bad_input/` is a case: `args` is the command line, run in a copy of the folder;
//! `stderr.txt` is all that the user reads. `WITGEN_BLESS=1` rewrites it.

use assert_cmd::Command;
use pretty_assertions::assert_eq;
use testkit::suite::{Case, Cases, Suite};
use testkit::tree::{copy, tree};

const CASES: Cases = Cases {
    folder: "tests/bad_input",
    inputs: &["*"],
    golden: "stderr.txt",
};

fn main() {
    Suite::new(file!()).cases(CASES, rejection).run();
}

/// Runs the command line of a case, which must fail without writing; returns what the user reads.
fn rejection(case: &Case) -> String {
    let dir = tempfile::tempdir().unwrap();
    copy(&case.folder, dir.path());
    let before = tree(dir.path());
    let output = Command::cargo_bin("witgen")
        .unwrap()
        .args(case.read("args").split_whitespace())
        .arg("--quiet")
        .current_dir(dir.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).expect("messages are UTF-8");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(output.stdout.is_empty(), "it prints a result");
    assert_eq!(tree(dir.path()), before, "it writes");
    stderr
}
