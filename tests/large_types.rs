//! Packages that no person writes: every command ends with a result or with a message, and takes memory and time in
//! proportion to the package.
//!
//! The limits distinguish what is linear from what is quadratic or exponential, and say nothing about speed;
//! `scripts/measure-large-types.py` measures that.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::large::{Shape, chains_of_items, chains_of_types, doubling, many};

/// The memory that a command may map, in KiB; a debug build maps a quarter of it at once.
const MAX_MEMORY_KIB: usize = 1 << 20;

/// How many seconds a command may compute, in a debug build.
const MAX_CPU_SECONDS: usize = 60;

/// So many in a chain are too deep for any stack.
const CHAIN: usize = 20_000;

/// How many items there are beside each other; `scripts/measure-large-types.py` measures more of them.
const WIDE: usize = 1_200;

/// The most bytes that a command writes for each byte of the package.
const MAX_OUTPUT_RATIO: usize = 250;

/// The command lines, after `witgen`, by their names.
const COMMANDS: &[(&str, &str)] = &[
    ("inspect", "inspect --wit old.wit"),
    ("inspect-json", "inspect --wit old.wit --format json"),
    ("docs", "docs --wit old.wit --out out"),
    ("lint", "lint --wit old.wit"),
    ("diff", "diff old.wit new.wit"),
    ("golden", "golden --wit old.wit --out out --no-test"),
    ("guest", "rust --guest --wit old.wit --world w --out out"),
    ("host", "rust --host --wit old.wit --world w --out out"),
    (
        "publish",
        "publish --no-check --wit old.wit --dry-run --registry ./registry",
    ),
    ("check", "check"),
];

/// A project with every output and relation.
const CONFIG: &str = r#"
wit = "old.wit"

[docs]
out = "docs"

[golden]
out = "golden"

[[rust]]
world = "w"
out = "glue"

[[relation]]
world = "w"
extends = "w"

[[relation]]
compose = ["w", "w"]
is = "w"
"#;

/// What became of a command.
struct Ran {
    status: Option<i32>,
    /// Bytes of its output and its files.
    written: usize,
    /// What it printed, to both streams.
    output: String,
}

fn run(dir: &Path, args: &str) -> Ran {
    let program = assert_cmd::cargo::cargo_bin("witgen");
    let limits = format!("ulimit -v {MAX_MEMORY_KIB}; ulimit -t {MAX_CPU_SECONDS}; ulimit -c 0");
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("{limits}; exec \"$0\" {args}"))
        .arg(program)
        .current_dir(dir)
        .output()
        .unwrap();
    let out = dir.join("out");
    let files: usize = if out.exists() { size(&out) } else { 0 };
    if out.exists() {
        fs::remove_dir_all(&out).unwrap();
    }
    Ran {
        status: output.status.code(),
        written: output.stdout.len() + output.stderr.len() + files,
        output: String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned(),
    }
}

/// The bytes of all files in a folder.
fn size(folder: &Path) -> usize {
    let sizes = fs::read_dir(folder).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            size(&entry.path())
        } else {
            metadata.len() as usize
        }
    });
    sizes.sum()
}

/// Runs every command on a package; returns what is wrong. `rejected` returns the code that a command ends with.
fn failures(shape: &Shape, rejected: &dyn Fn(&str) -> Option<&'static str>) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("old.wit"), shape.old()).unwrap();
    fs::write(dir.path().join("new.wit"), shape.new_version()).unwrap();
    fs::write(dir.path().join("witgen.toml"), CONFIG).unwrap();
    let mut failures = Vec::new();
    for (name, args) in COMMANDS {
        let ran = run(dir.path(), args);
        let most = MAX_OUTPUT_RATIO * shape.old().len() + 100_000;
        let is_expected = match rejected(name) {
            Some(code) => {
                let is_named = [format!("error[{code}]"), format!("\"rule\":\"{code}\"")]
                    .iter()
                    .any(|form| ran.output.contains(form));
                // `check` finds what the other commands can't do.
                let status = if *name == "check" { 1 } else { 2 };
                ran.status == Some(status) && is_named
            }
            // What is checked isn't there.
            None if *name == "check" => ran.status == Some(1),
            None => matches!(ran.status, Some(0 | 1)),
        };
        if !is_expected || ran.written > most {
            let start: String = ran.output.chars().take(600).collect();
            failures.push(format!(
                "{} of {}: status {:?}, {} bytes written, {most} at most\n{start}\n",
                name, shape.name, ran.status, ran.written
            ));
        }
    }
    failures
}

/// Runs every command on each of some packages.
fn check(shapes: Vec<Shape>, rejected: impl Fn(&str, &str) -> Option<&'static str>) {
    let found: Vec<_> = shapes
        .iter()
        .flat_map(|shape| failures(shape, &|command| rejected(shape.name, command)))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn types_that_double_are_read_and_compared_and_rejected_where_each_use_counts() {
    check(doubling(), |shape, command| match (shape, command) {
        ("fixed-length-lists", "publish") => Some("cannot-encode"),
        ("fixed-length-lists", _) => None,
        (_, "guest") => Some("unsupported-by-wit-bindgen"),
        (_, "host") => Some("unsupported-by-wasmtime"),
        (_, "publish") => Some("type-too-large"),
        _ => None,
    });
}

#[test]
fn chains_of_types_are_rejected() {
    check(chains_of_types(CHAIN), |shape, _| match shape {
        "nested-lists" | "nested-tuples" => Some("invalid-wit"),
        _ => Some("nested-too-deeply"),
    });
}

#[test]
fn chains_of_interfaces_and_packages_are_rejected() {
    check(chains_of_items(CHAIN), |shape, _| match shape {
        "include-chain" => Some("worlds-too-large"),
        _ => Some("nested-too-deeply"),
    });
}

#[test]
fn many_items_take_as_long_as_they_are_many() {
    check(many(WIDE), |shape, command| match (shape, command) {
        ("many-parameters", _) => Some("too-many-parameters"),
        ("many-worlds", _) => Some("worlds-too-large"),
        ("large-tuple", "host") => Some("unsupported-by-wasmtime"),
        _ => None,
    });
}
