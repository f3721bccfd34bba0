//! `witgen fmt`, as its user sees it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use pretty_assertions::assert_eq;
use testkit::command::{findings, witgen};
use testkit::root;
use testkit::tree::tree;

const UNFORMATTED: &str = "package a:b;\ninterface i{f:func(a:u8);}\n";
const FORMATTED: &str = "package a:b;\ninterface i {\n  f: func(a: u8);\n}\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// Runs `witgen fmt` with standard input; returns the exit status, stdout and stderr.
fn piped(dir: &Path, args: &[&str], stdin: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("witgen").unwrap();
    let output = command
        .arg("fmt")
        .args(args)
        .current_dir(dir)
        .write_stdin(stdin)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_files_of_the_package_are_formatted_and_dependencies_are_not() {
    let dir = folder(&[
        ("wit/a.wit", UNFORMATTED),
        ("wit/b.wit", FORMATTED),
        ("wit/deps/c.wit", UNFORMATTED),
        ("other.wit", UNFORMATTED),
        ("wit/notes.txt", "not  WIT"),
    ]);
    let (status, stderr) = witgen(dir.path(), &["fmt", "--check"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("wit/a.wit` is not formatted"), "{stderr}");
    let before = tree(dir.path());
    assert_eq!(witgen(dir.path(), &["fmt", "--check"]).0, 1);
    assert_eq!(tree(dir.path()), before);
    let (status, stderr) = witgen(dir.path(), &["fmt"]);
    assert_eq!(status, 0, "{stderr}");
    let read = |path: &str| fs::read_to_string(dir.path().join(path)).unwrap();
    assert_eq!(read("wit/a.wit"), FORMATTED);
    assert_eq!(read("wit/deps/c.wit"), UNFORMATTED);
    assert_eq!(read("other.wit"), UNFORMATTED);
    assert_eq!(witgen(dir.path(), &["fmt", "--check"]).0, 0);
    assert_eq!(witgen(dir.path(), &["fmt", "other.wit", "wit/deps"]).0, 0);
    assert_eq!(read("other.wit"), FORMATTED);
    assert_eq!(read("wit/deps/c.wit"), FORMATTED);
}

#[test]
fn check_prints_what_would_change() {
    let dir = folder(&[("a.wit", UNFORMATTED)]);
    let (status, diff, _) = piped(dir.path(), &["--check", "a.wit"], "");
    assert_eq!(status, 1);
    for line in ["--- a.wit", "-interface i{f:func(a:u8);}", "+interface i {"] {
        assert!(diff.lines().any(|it| it == line), "{diff}");
    }
    let (status, json) = findings(dir.path(), &["fmt", "--check", "a.wit", "--format", "json"]);
    assert_eq!(status, 1);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json.to_string().contains("unformatted"), "{json}");
}

#[test]
fn standard_input_is_printed_formatted() {
    let dir = folder(&[]);
    let formatted = |input: &str| piped(dir.path(), &["-"], input);
    assert_eq!(formatted(UNFORMATTED), (0, FORMATTED.into(), String::new()));
    // The line ends and the byte order mark of the file stay.
    let windows = FORMATTED.replace('\n', "\r\n");
    let marked = format!("\u{feff}{}", UNFORMATTED.replace('\n', "\r\n"));
    assert_eq!(formatted(&marked).1, format!("\u{feff}{windows}"));
    assert_eq!(formatted(""), (0, String::new(), String::new()));
    let arguments = ["-", "--stdin-filename", "api.wit"];
    let (status, stdout, stderr) = piped(dir.path(), &arguments, "package a:b;\ninterface {}");
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("api.wit:2:11"), "{stderr}");
    let (status, _, stderr) = piped(dir.path(), &["-", "a.wit"], "");
    assert_eq!(status, 2);
    assert!(stderr.contains("error[stdin-with-files]"), "{stderr}");
}

#[test]
fn invalid_files_stay_as_they_are_and_all_their_mistakes_are_reported() {
    let invalid = "package a:b;\ninterface i{\n f: fun();\n type t = ;\n}\ninterface j{f:func()}\n";
    let dir = folder(&[("invalid.wit", invalid), ("valid.wit", UNFORMATTED)]);
    let (status, stderr) = witgen(dir.path(), &["fmt", "."]);
    assert_eq!(status, 2, "{stderr}");
    for place in ["invalid.wit:3:5", "invalid.wit:4:11", "invalid.wit:6:21"] {
        assert!(stderr.contains(place), "{place}\n{stderr}");
    }
    let read = |path: &str| fs::read_to_string(dir.path().join(path)).unwrap();
    assert_eq!(read("invalid.wit"), invalid);
    assert_eq!(read("valid.wit"), FORMATTED);
    let (status, stderr) = witgen(dir.path(), &["fmt", "missing.wit"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("missing.wit"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_files_that_may_not_be_written_are_left() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = folder(&[("private.wit", UNFORMATTED)]);
    let path = dir.path().join("private.wit");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(witgen(dir.path(), &["fmt", "private.wit"]).0, 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), FORMATTED);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn a_carriage_return_at_the_end_is_no_part_of_a_comment() {
    let dir = folder(&[]);
    let (status, text, stderr) = piped(dir.path(), &["-"], "package a:b;\n// a\r");
    assert_eq!(
        (status, text.as_str()),
        (0, "package a:b;\n// a\n"),
        "{stderr}"
    );
    let (status, ..) = piped(dir.path(), &["-"], "\u{feff}\u{feff}package a:b;\n");
    assert_eq!(status, 2);
}

#[test]
fn options_and_paths_that_are_not_there_are_reported() {
    let dir = folder(&[("a.wit", UNFORMATTED)]);
    let (status, stderr) = witgen(dir.path(), &["fmt", "--stdin-filename", "b.wit", "a.wit"]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("`--stdin-filename` is for standard input"),
        "{stderr}"
    );
    let (status, stderr) = witgen(dir.path(), &["fmt"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("name files or directories"), "{stderr}");
    // One that is missing keeps no other from being formatted, and one that is named twice is one.
    let (status, stderr) = witgen(dir.path(), &["fmt", "missing.wit", "a.wit", "a.wit"]);
    assert_eq!(status, 2);
    assert_eq!(stderr.matches("formatted a.wit").count(), 1, "{stderr}");
    assert!(
        stderr.contains("help: name a `.wit` file or a directory"),
        "{stderr}"
    );
    // Each mistake is reported in a time that doesn't grow with the number of mistakes.
    fs::write(dir.path().join("a.wit"), "}\n".repeat(50_000)).unwrap();
    let (status, stderr) = witgen(dir.path(), &["fmt", "a.wit"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("the file has 49950 more mistakes"));
}

#[test]
fn the_width_is_configured() {
    let long = "package a:b;\ninterface i {\n  f: func(first: list<u8>, second: string);\n}\n";
    let dir = folder(&[("wit/a.wit", long), ("witgen.toml", "[fmt]\nwidth = 40\n")]);
    assert_eq!(witgen(dir.path(), &["fmt"]).0, 0);
    let text = fs::read_to_string(dir.path().join("wit/a.wit")).unwrap();
    assert!(text.contains("f: func(\n    first: list<u8>,\n"), "{text}");
    fs::write(dir.path().join("witgen.toml"), "[fmt]\nwidth = 4\n").unwrap();
    let (status, stderr) = witgen(dir.path(), &["fmt"]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("`width` is 4, but must be from 40 to 400"),
        "{stderr}"
    );
}

#[test]
fn this_repository_is_formatted() {
    let (status, stderr) = witgen(
        root(),
        &["fmt", "--check", "wit", "generator/source/builtin"],
    );
    assert_eq!(status, 0, "{stderr}");
}

#[test]
fn the_example_in_the_documentation_is_formatted() {
    let page = fs::read_to_string(root().join("docs/formatting.md")).unwrap();
    let (_, example) = page.split_once("```wit\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let dir = folder(&[]);
    let (status, formatted, stderr) = piped(dir.path(), &["-"], example);
    assert_eq!((status, formatted.as_str()), (0, example), "{stderr}");
}
