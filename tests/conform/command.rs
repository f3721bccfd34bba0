//! `witgen conform` on the command line.

use std::process::{Command, Output};

fn conform(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    let Output {
        status,
        stdout,
        stderr,
    } = command.arg("conform").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn cases_are_listed_by_name_without_being_run() {
    let (status, stdout, _) = conform(&["host", "--list", "--case", "fields/*"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("must   fields/append "), "{stdout}");
    assert!(
        stdout.lines().all(|line| line.contains("fields/")),
        "{stdout}"
    );
    let (status, stdout, _) = conform(&["component", "--list"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("via/of-a-request"), "{stdout}");
}

#[test]
fn what_can_t_be_run_ends_with_2_and_says_what_to_do() {
    for (arguments, expected) in [
        (
            &["host", "--host", "wasmtme"][..],
            "did you mean `wasmtime`?",
        ),
        (
            &["host", "--list", "--case", "x/y"],
            "error[unknown-case]: no case matches `x/y`",
        ),
        (
            &["component", "no.wasm"],
            "error[unreadable]: cannot read `no.wasm`",
        ),
        (
            &["host", "--list", "--from", "no"],
            "error[unreadable]: cannot read `no/host`",
        ),
        (&["host"], "--host <NAME>"),
        (
            &["host", "--", "no-such-host", "{component}"],
            "the command doesn't contain `{address}`",
        ),
        (
            &["host", "--", "no-such-host", "{component}", "{port}"],
            "error[cannot-run-host]: the host can't be run: `no-such-host`: there is no such program",
        ),
    ] {
        let (status, stdout, stderr) = conform(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[test]
fn the_suite_can_be_exported_for_hosts_in_other_languages() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("suite");
    let (status, _, stderr) = conform(&["export", out.to_str().unwrap()]);
    assert_eq!(status, 0, "{stderr}");
    for file in [
        "README.md",
        "case.schema.json",
        "host/fields/append/case.toml",
        "components/service@0.3.0.wasm",
        "components/chain-of-eight@0.3.1002.wasm",
        "components/wasi-0.2.wasm",
    ] {
        assert!(out.join(file).is_file(), "{file}");
    }
    // The exported cases are as good as those that are built in.
    let (status, stdout, stderr) = conform(&["host", "--list", "--from", out.to_str().unwrap()]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(stdout, conform(&["host", "--list"]).1);
}
