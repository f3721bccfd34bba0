//! Suites and golden files, as seen by somebody who runs `cargo test`.
//!
//! The tests run this program again, as a suite of the folders that a test wrote. In a case, `input` is the text
//! that the golden file should contain.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use testkit::suite::{Cases, Suite};
use testkit::tree::texts;
use testkit::{root, tests};

/// The variable that names the directory of cases to run.
const CASES: &str = "TESTKIT_CASES";
/// The variable that names the source file of the program, if it isn't this one.
const SOURCE: &str = "TESTKIT_SOURCE";

fn main() {
    if let Ok(folder) = std::env::var(CASES) {
        let cases = Cases {
            folder: folder.leak(),
            inputs: &["input", "*.wit"],
            golden: "golden.txt",
        };
        let source = std::env::var(SOURCE).unwrap_or(file!().to_owned());
        Suite::new(&source).cases(cases, |case| case.read("input")).run();
    }
    Suite::new(file!())
        .tests(&tests![
            each_folder_is_a_test_with_its_name,
            a_filter_selects_cases,
            a_text_that_differs_fails_with_a_diff,
            malformed_cases_fail,
            an_empty_directory_fails,
            golden_files_are_rewritten_on_request_but_never_in_ci,
            test_attributes_are_rejected_because_nothing_runs_them,
            every_folder_of_tests_belongs_to_a_program,
        ])
        .run();
}

/// Writes files, and the folders around them.
fn written(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join("cases").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// A case that passes.
const GOOD: [(&str, &str); 2] = [("good/input", "a\n"), ("good/golden.txt", "a\n")];

/// Returns a command that runs the cases of a directory.
fn suite(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(args)
        .env(CASES, dir.join("cases"))
        .env_remove("CI")
        .env_remove("WITGEN_BLESS");
    command
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn each_folder_is_a_test_with_its_name() {
    let other = [
        ("other/a.wit", ""),
        ("other/input", ""),
        ("other/golden.txt", ""),
    ];
    let dir = written(&[GOOD.as_slice(), &other].concat());
    // As nextest lists them.
    let listed = suite(dir.path(), &["--list", "--format", "terse"]).output().unwrap();
    assert_eq!(
        String::from_utf8(listed.stdout).unwrap(),
        "cases::good: test\ncases::other: test\n"
    );
    let output = suite(dir.path(), &[]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("2 passed"), "{}", text(&output));
}

fn a_filter_selects_cases() {
    let dir = written(
        &[
            GOOD.as_slice(),
            &[("bad/input", "a"), ("bad/golden.txt", "b")],
        ]
        .concat(),
    );
    let output = suite(dir.path(), &["good"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("1 passed"), "{}", text(&output));
}

fn a_text_that_differs_fails_with_a_diff() {
    let dir = written(&[
        ("bad/input", "same\nnew\n"),
        ("bad/golden.txt", "same\nold\n"),
    ]);
    let output = suite(dir.path(), &[]).output().unwrap();
    assert!(!output.status.success());
    let shown = text(&output);
    for part in [
        "golden.txt differs",
        "WITGEN_BLESS=1",
        "\n same\n-old\n+new\n",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}

fn malformed_cases_fail() {
    for (files, message) in [
        ([("stray.txt", "")].as_slice(), "stray.txt is not a case"),
        (&[("bad/golden.txt", "a\n")], "has no input"),
        (&[("bad/input", "a\n")], "cannot read the golden file"),
        (
            &[("bad/a.wit", ""), ("bad/golden.txt", "")],
            "input is an input",
        ),
        (
            &[
                ("bad/input", "a\n"),
                ("bad/golden.txt", "a\n"),
                ("bad/old.txt", ""),
            ],
            "old.txt is neither an input (input, *.wit) nor the golden file (golden.txt)",
        ),
    ] {
        let dir = written(&[GOOD.as_slice(), files].concat());
        let output = suite(dir.path(), &[]).output().unwrap();
        let shown = text(&output);
        assert!(!output.status.success(), "{shown}");
        assert!(shown.contains(message), "{message}\n{shown}");
        assert!(shown.contains("1 passed; 1 failed"), "{shown}");
    }
}

fn an_empty_directory_fails() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("cases")).unwrap();
    let output = suite(dir.path(), &[]).output().unwrap();
    assert!(!output.status.success());
    assert!(
        text(&output).contains("there are no cases in"),
        "{}",
        text(&output)
    );
}

fn golden_files_are_rewritten_on_request_but_never_in_ci() {
    let dir = written(&[("case/input", "new\n"), ("case/golden.txt", "old\n")]);
    let golden = dir.path().join("cases/case/golden.txt");
    let mut blessing = suite(dir.path(), &[]);
    blessing.env("WITGEN_BLESS", "1");

    let output = blessing.env("CI", "true").output().unwrap();
    assert!(!output.status.success());
    assert!(
        text(&output).contains("WITGEN_BLESS is set in continuous integration"),
        "{}",
        text(&output)
    );
    assert_eq!(fs::read_to_string(&golden).unwrap(), "old\n");

    let output = blessing.env_remove("CI").output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(fs::read_to_string(&golden).unwrap(), "new\n");
}

fn test_attributes_are_rejected_because_nothing_runs_them() {
    let dir = written(&GOOD);
    let source = dir.path().join("suite.rs");
    fs::write(&source, "#[test]\nfn lost() {}\n").unwrap();
    let output = suite(dir.path(), &[]).env(SOURCE, &source).output().unwrap();
    assert!(!output.status.success());
    assert!(
        text(&output).contains("add them to `tests!`"),
        "{}",
        text(&output)
    );
}

fn every_folder_of_tests_belongs_to_a_program() {
    let folder = root().join("tests");
    let entries = || fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let programs: String = entries()
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap())
        .chain(texts(&root().join("testkit/src")).into_values())
        .collect();
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    for path in entries().filter(|path| path.is_dir()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_named = programs.contains(&format!("\"tests/{name}"));
        assert!(
            path.join("main.rs").exists() || is_named || ci.contains(&format!("\ntests/{name}/")),
            "no program in tests/ names the folder tests/{name}"
        );
    }
}
