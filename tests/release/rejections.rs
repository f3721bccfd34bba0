//! What is in the way of a release.

use std::fs;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit::command::witgen;

use super::shop::{MANIFEST, RELEASED, edit, git, read, refused, release, shop, write};

#[test]
fn what_the_checks_find_is_in_the_way() {
    let dir = shop();
    // A released function that needs a type behind a gate.
    edit(
        &dir,
        "wit/api.wit",
        "  place: func();",
        "  place: func();\n  /// A number.\n  @unstable(feature = tracking)\n  type number = u32;",
    );
    edit(
        &dir,
        "wit/api.wit",
        "cancel: func()",
        "cancel: func() -> number",
    );
    let (status, stderr) = refused(&dir, &[]);
    assert_ne!(status, 0);
    assert!(stderr.contains("number"), "{stderr}");
    release(&dir, &["--stabilize", "tracking"]);
}

#[test]
fn positions_are_those_of_the_files_before_the_release() {
    let dir = shop();
    let manifest = format!("{MANIFEST}\n[lint]\nrules = {{ docs-missing = 'error' }}\n");
    write(dir.path(), "witgen.toml", &manifest);
    edit(&dir, "wit/api.wit", "  /// Returns an order.\n", "");
    let text = read(&dir, "wit/api.wit");
    let line = 1 + text.lines().position(|line| line.contains("give-back")).unwrap();
    let (status, stderr) = refused(&dir, &[]);
    assert_eq!(status, 1, "{stderr}");
    assert!(
        stderr.contains(&format!("wit/api.wit:{line}:3")),
        "{stderr}"
    );
    assert!(stderr.contains("  give-back: func();\n"), "{stderr}");
    // Text that isn't valid, and a change that the version doesn't allow.
    write(dir.path(), "witgen.toml", MANIFEST);
    edit(&dir, "wit/api.wit", "world client {", "world client { oh");
    let (_, stderr) = refused(&dir, &[]);
    let line = 1 + read(&dir, "wit/api.wit").lines().position(|it| it.contains(" oh")).unwrap();
    assert!(
        stderr.contains(&format!("wit/api.wit:{line}:16")),
        "{stderr}"
    );
    edit(&dir, "wit/api.wit", "world client { oh", "world client {");
    edit(
        &dir,
        "wit/api.wit",
        "give-back: func()",
        "give-back: func() -> u8",
    );
    edit(
        &dir,
        "wit/api.wit",
        "  @unstable(feature = returning)\n",
        "",
    );
    edit(&dir, "wit/api.wit", "place: func()", "place: func(a: u8)");
    edit(&dir, "wit/api.wit", "track: func()", "track: func(a: u8)");
    let (status, stderr) = refused(&dir, &["patch"]);
    assert_eq!(status, 1, "{stderr}");
    let text = read(&dir, "wit/api.wit");
    for position in stderr.split_whitespace().filter_map(|it| it.strip_prefix("wit/api.wit:")) {
        let line: usize = position.split(':').next().unwrap().parse().unwrap();
        let line = text.lines().nth(line - 1).unwrap();
        assert!(
            line.contains("func(a: u8)"),
            "{line} is not what\n{stderr} is about"
        );
    }
}

#[test]
fn a_version_that_is_too_low_is_refused_with_the_changes() {
    let dir = shop();
    edit(
        &dir,
        "wit/api.wit",
        "  place: func();",
        "  place: func() -> u8;",
    );
    let (status, stderr) = refused(&dir, &["patch"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("error[result-changed]"), "{stderr}");
    assert!(stderr.contains("at least 0.4.0 (minor)"), "{stderr}");
    assert!(stderr.contains("run `witgen release minor`"), "{stderr}");
}

#[test]
fn whatever_is_in_the_way_of_a_release_is_said_and_nothing_changes() {
    let dir = shop();
    write(dir.path(), "notes.txt", "not yet");
    git(&dir, &["tag", "v0.3.3"]);
    for (args, code, part) in [
        (
            &["--stabilize", "trackin"][..],
            "unknown-feature",
            "did you mean `tracking`?",
        ),
        (&["--date", "tomorrow"], "not-a-day", "2026-01-31"),
        (&["0.3.1"], "version-not-higher", "0.3.1 is lower"),
        (&["--commit"], "dirty-work-tree", "`notes.txt`"),
        (
            &["--commit", "--tag", "--allow-dirty"],
            "already-released",
            "the tag `v0.3.3` exists",
        ),
    ] {
        let (status, stderr) = refused(&dir, args);
        assert_eq!(status, 2, "{stderr}");
        assert!(
            stderr.contains(&format!("error[{code}]")),
            "{args:?}: {stderr}"
        );
        assert!(stderr.contains(part), "{args:?}: {stderr}");
    }
    // Two things at once.
    let (_, stderr) = refused(&dir, &["--commit", "--tag"]);
    assert!(
        stderr.contains("dirty-work-tree") && stderr.contains("already-released"),
        "{stderr}"
    );
    edit(
        &dir,
        "witgen.toml",
        "wit = 'wit'",
        "wit = 'wit'\nfeatures = ['tracking']",
    );
    let (_, stderr) = refused(&dir, &["--stabilize", "tracking"]);
    assert!(stderr.contains("remove it from `features`"), "{stderr}");
}

#[test]
fn paths_of_other_changes_are_shown_as_they_are() {
    let dir = shop();
    write(dir.path(), "über uns/\"notes\".txt", "not yet");
    git(&dir, &["add", "--all"]);
    write(dir.path(), "ä.txt", "not yet");
    git(&dir, &["mv", "witgen.toml", "moved.toml"]);
    git(&dir, &["mv", "moved.toml", "witgen.toml"]);
    git(&dir, &["mv", ".gitignore", "ignored"]);
    let (status, stderr) = refused(&dir, &["--commit"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains(
            "aren't committed: `.gitignore`, `ignored`, `über uns/\"notes\".txt`, `ä.txt`\n"
        ),
        "{stderr}"
    );
}

#[test]
fn the_variable_for_the_time_of_builds_sets_the_day_or_is_rejected() {
    let dir = shop();
    let release = |value: &str| {
        let output = Command::new(assert_cmd::cargo::cargo_bin("witgen"))
            .args(["release", "--dry-run"])
            .current_dir(dir.path())
            .env("SOURCE_DATE_EPOCH", value)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    for wrong in ["abc", "-1", "1.5", "253402300800", "18446744073709551615"] {
        let (status, text) = release(wrong);
        assert_eq!(status, Some(2), "{text}");
        let expected = format!("error[not-a-day]: `SOURCE_DATE_EPOCH` is `{wrong}`");
        assert!(text.contains(&expected), "{text}");
    }
    for (right, day) in [("951782400", "2000-02-29"), ("253402300799", "9999-12-31")] {
        let (status, text) = release(right);
        assert_eq!(status, Some(0), "{text}");
        assert!(text.contains(&format!("+## 0.3.3 - {day}")), "{text}");
    }
    assert_eq!(release("").0, Some(0));
}

#[test]
fn outside_of_a_repository_nothing_can_be_committed() {
    let dir = shop();
    edit(&dir, "witgen.toml", "git:v0.3.2:wit", "released");
    write(dir.path(), "released/api.wit", RELEASED);
    fs::remove_dir_all(dir.path().join(".git")).unwrap();
    let (_, stderr) = refused(&dir, &["--commit"]);
    assert!(stderr.contains("error[no-repository]"), "{stderr}");
    assert!(stderr.contains("leave out `--commit`"), "{stderr}");
    let output = Command::new(assert_cmd::cargo::cargo_bin("witgen"))
        .args(["release", "--commit"])
        .current_dir(dir.path())
        .env("PATH", "")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("error[no-git]"), "{stderr}");
    let stderr = release(&dir, &[]);
    // A folder that people keep is theirs to bring up to date.
    assert!(!stderr.contains("next:"), "{stderr}");
}

#[test]
fn a_commit_that_a_hook_refuses_leaves_the_files_and_says_so() {
    let dir = shop();
    write(
        dir.path(),
        ".git/hooks/pre-commit",
        "#!/bin/sh\necho not today >&2\nexit 1\n",
    );
    let hook = dir.path().join(".git/hooks/pre-commit");
    Command::new("chmod").arg("+x").arg(hook).status().unwrap();
    let (status, stderr) = witgen(dir.path(), &["release", "--commit", "--tag"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains("error[git-failed]: git failed: not today"),
        "{stderr}"
    );
    assert!(stderr.contains("the files are changed"), "{stderr}");
    assert_eq!(git(&dir, &["tag"]), "v0.3.2\n");
}

#[test]
fn a_first_release_has_no_baseline() {
    let dir = shop();
    edit(
        &dir,
        "witgen.toml",
        "[baseline]\npackage = 'git:v0.3.2:wit'\n",
        "",
    );
    let (status, stderr) = refused(&dir, &[]);
    assert_eq!(status, 2);
    assert!(stderr.contains("error[no-baseline]"), "{stderr}");
    let stderr = release(&dir, &["0.3.2"]);
    assert!(
        stderr.contains("`package = \"git:v0.3.2:wit\"`"),
        "{stderr}"
    );
    assert!(read(&dir, "CHANGELOG.md").starts_with("# Changelog\n\n## Unreleased\n\n## 0.3.2 - "));
}

#[test]
fn files_that_witgen_did_not_make_are_in_the_way_of_outputs() {
    let dir = shop();
    fs::remove_file(dir.path().join("spec/.witgen.json")).unwrap();
    write(dir.path(), "spec/README.md", "Mine.");
    let (status, stderr) = refused(&dir, &[]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("error[not-ours]"), "{stderr}");
}
