//! Bad input ends in status 2 and one clear message, and nothing is written.
//!
//! A folder of `bad_input/` is a case: `args` is the command line, run in a copy of the folder;
//! `stderr.txt` is all that the user reads. `WITGEN_BLESS=1` rewrites it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use pretty_assertions::assert_eq;

#[path = "support/tree.rs"]
mod tree;

use tree::{copy, tree};

fn cases() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_input");
    let mut cases: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

#[test]
fn each_case_fails_with_its_message_and_writes_nothing() {
    let bless = std::env::var_os("WITGEN_BLESS").is_some();
    assert!(
        !bless || std::env::var_os("CI").is_none(),
        "CI never blesses"
    );
    let (mut expected, mut found) = (BTreeMap::new(), BTreeMap::new());
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let dir = tempfile::tempdir().unwrap();
        copy(&case, dir.path());
        let before = tree(dir.path());
        let args = fs::read_to_string(case.join("args")).unwrap();
        let output = Command::cargo_bin("witgen")
            .unwrap()
            .args(args.split_whitespace())
            .arg("--quiet")
            .current_dir(dir.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).expect("messages are UTF-8");
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(output.stdout.is_empty(), "{name} prints a result");
        assert_eq!(tree(dir.path()), before, "{name} writes");
        if bless {
            fs::write(case.join("stderr.txt"), &stderr).unwrap();
        }
        let wanted = fs::read_to_string(case.join("stderr.txt")).unwrap_or_default();
        expected.insert(name.clone(), wanted);
        found.insert(name, stderr);
    }
    assert_eq!(found, expected);
}
