//! `witgen release`: everything that a release changes, in one step.

use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use tempfile::TempDir;
use testkit::command::{findings, witgen};
use testkit::tree::tree;

const RELEASED: &str = "\
/// A shop.
package shop:api@0.3.2;

/// Orders.
@since(version = 0.3.0)
interface orders {
  /// Places an order.
  @since(version = 0.3.0)
  place: func();
  /// Cancels an order.
  // @stabilize-next
  @unstable(feature = cancelling)
  cancel: func();
  /// Tracks an order.
  @unstable(feature = tracking)
  track: func();
  /// Returns an order.
  @unstable(feature = returning)
  give-back: func();
}

/// What clients use.
@since(version = 0.3.0)
world client {
  @since(version = 0.3.0)
  import orders;
}
";

const MANIFEST: &str = "\
wit = 'wit'

[docs]
out = 'spec'

[golden]
out = 'golden'

[baseline]
package = 'git:v0.3.2:wit'
";

/// A package in a repository, as it was released, with a marker for the next release.
fn shop() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "wit/api.wit", RELEASED);
    write(dir.path(), "witgen.toml", MANIFEST);
    write(dir.path(), ".gitignore", "scratch\n");
    git(&dir, &["init", "--quiet", "--initial-branch=main"]);
    for (key, value) in [
        ("user.name", "somebody"),
        ("user.email", "somebody@example.org"),
        ("commit.gpgsign", "false"),
        ("tag.gpgsign", "false"),
    ] {
        git(&dir, &["config", key, value]);
    }
    commit(&dir);
    git(&dir, &["tag", "v0.3.2"]);
    witgen(dir.path(), &["generate"]);
    commit(&dir);
    dir
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn edit(dir: &TempDir, file: &str, from: &str, to: &str) {
    let path = dir.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text} has no {from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn read(dir: &TempDir, path: &str) -> String {
    fs::read_to_string(dir.path().join(path)).unwrap()
}

fn git(dir: &TempDir, args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(dir.path()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn commit(dir: &TempDir) {
    git(dir, &["add", "--all"]);
    git(dir, &["commit", "--quiet", "--message", "more"]);
}

/// Runs a release that must succeed, on a fixed day.
fn release(dir: &TempDir, args: &[&str]) -> String {
    let args = [&["release", "--date", "2026-01-31"], args].concat();
    let (status, stderr) = witgen(dir.path(), &args);
    assert_eq!(status, 0, "{stderr}");
    stderr
}

/// Runs a release that must change nothing; returns its status and what it says.
fn refused(dir: &TempDir, args: &[&str]) -> (i32, String) {
    let before = tree(dir.path());
    let (status, stderr) = witgen(dir.path(), &[&["release"], args].concat());
    assert_ne!(status, 0, "{stderr}");
    assert_eq!(tree(dir.path()), before, "{args:?} changes files");
    (status, stderr)
}

#[test]
fn features_become_stable_in_the_version_of_the_release() {
    let dir = shop();
    let stderr = release(&dir, &["--stabilize", "tracking"]);
    let expected = RELEASED
        .replace("shop:api@0.3.2", "shop:api@0.3.3")
        .replace("  // @stabilize-next\n", "")
        .replace("@unstable(feature = cancelling)", "@since(version = 0.3.3)")
        .replace("@unstable(feature = tracking)", "@since(version = 0.3.3)");
    assert_eq!(read(&dir, "wit/api.wit"), expected);
    for line in [
        "stable: wit/api.wit:12: feature cancelling",
        "stable: wit/api.wit:15: feature tracking",
        "released shop:api 0.3.3",
        "next: set `package = \"git:v0.3.3:wit\"` in `[baseline]` of witgen.toml",
    ] {
        assert!(
            stderr.lines().any(|it| it == line),
            "{line} is not in\n{stderr}"
        );
    }
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(
        (status, stderr.as_str()),
        (0, "nothing found: 2 outputs, 0 relations, the baseline\n")
    );
    // Nothing is committed unless that is asked for.
    assert!(!git(&dir, &["status", "--porcelain"]).is_empty());
}

#[test]
fn the_changelog_gets_what_has_changed_with_links_to_the_pages() {
    let dir = shop();
    write(
        dir.path(),
        "CHANGELOG.md",
        "# Changes\n\n## Unreleased\n\n### Added\n\n- A line by hand.\n\n## 0.3.2\n\n- Old.\n",
    );
    edit(
        &dir,
        "wit/api.wit",
        "/// Places an order.",
        "/// Places one order.",
    );
    edit(
        &dir,
        "wit/api.wit",
        "  @since(version = 0.3.0)\n  place: func();\n",
        "  @since(version = 0.3.0)\n  place: func();\n  /// Pays.\n  @since(version = 0.4.0)\n  pay: func() -> u8;\n",
    );
    edit(&dir, "wit/api.wit", "world client", "world buyer");
    release(&dir, &[]);
    let expected = "\
# Changes

## Unreleased

## 0.4.0 - 2026-01-31

### Added

- A line by hand.
- [`orders.cancel`](spec/interfaces/orders.md#orders.cancel): no longer gated by the feature `cancelling` (needs newer hosts)
- function [`orders.pay`](spec/interfaces/orders.md#orders.pay) was added (needs newer hosts)

### Changed

- package `shop:api` moved from 0.3.2 to 0.4.0, which is not semver-compatible; components don't link across these versions \
(breaks guests and hosts)
- world `client` was renamed to `buyer` (breaks source only)
- documentation changed: [`orders.place`](spec/interfaces/orders.md#orders.place)

## 0.3.2

- Old.
";
    assert_eq!(read(&dir, "CHANGELOG.md"), expected);
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let dir = shop();
    let before = tree(dir.path());
    let args = [
        "release",
        "--dry-run",
        "--commit",
        "--tag",
        "--date",
        "2026-01-31",
    ];
    let (status, stdout) = findings(dir.path(), &args);
    assert_eq!(status, 0, "{stdout}");
    assert_eq!(tree(dir.path()), before);
    for line in [
        "shop:api 0.3.2 → 0.3.3",
        "  wit/api.wit:12: feature cancelling",
        "-package shop:api@0.3.2;",
        "+package shop:api@0.3.3;",
        "-  // @stabilize-next",
        "+## 0.3.3 - 2026-01-31",
        "  change golden/worlds/client.wit",
        "  Release shop:api 0.3.3",
        "  v0.3.3",
        "  git:v0.3.3:wit",
    ] {
        assert!(
            stdout.lines().any(|it| it == line),
            "{line} is not in\n{stdout}"
        );
    }
}

#[test]
fn programs_get_one_document() {
    let dir = shop();
    let document = |args: &[&str]| -> serde_json::Value {
        let (status, stdout) = findings(dir.path(), &[args, &["--format", "json"]].concat());
        assert_eq!(status, 0, "{stdout}");
        serde_json::from_str(&stdout).unwrap()
    };
    let planned = document(&["bump", "minor", "--dry-run"]);
    let expected = serde_json::json!({
        "version": 1, "package": "shop:api", "old": "0.3.2", "new": "0.4.0", "written": false, "files": ["wit/api.wit"],
        "users": [],
    });
    assert_eq!(planned, expected);
    let made = document(&["release"]);
    assert_eq!(
        (&made["new"], &made["written"]),
        (&"0.3.3".into(), &true.into())
    );
    assert_eq!(made["stable"][0]["feature"], "cancelling");
    assert_eq!(made["created"], serde_json::json!(["CHANGELOG.md"]));
    assert_eq!(made["changed"][0], "wit/api.wit");
}

#[test]
fn a_commit_has_the_changed_files_and_no_others() {
    let dir = shop();
    edit(
        &dir,
        "witgen.toml",
        "[baseline]",
        "[release]\ntag = '{name}-{version}'\n\n[baseline]",
    );
    commit(&dir);
    write(dir.path(), "notes.txt", "not yet");
    write(dir.path(), "scratch", "ignored");
    release(&dir, &["--commit", "--tag", "--allow-dirty"]);
    assert_eq!(git(&dir, &["status", "--porcelain"]), "?? notes.txt\n");
    let message = git(&dir, &["log", "-1", "--format=%B"]);
    assert!(
        message.starts_with("Release shop:api 0.3.3\n\n- `orders.cancel`: "),
        "{message}"
    );
    assert_eq!(git(&dir, &["tag", "--points-at", "HEAD"]), "api-0.3.3\n");
    let changed = git(&dir, &["show", "--name-only", "--format=", "HEAD"]);
    assert!(changed.starts_with("CHANGELOG.md\ngolden/"), "{changed}");
    assert!(changed.ends_with("wit/api.wit\n"), "{changed}");
}

#[test]
fn a_version_that_was_set_before_is_released_as_it_is_and_only_once() {
    let dir = shop();
    edit(&dir, "wit/api.wit", "  // @stabilize-next\n", "");
    let (status, stderr) = refused(&dir, &[]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("error[nothing-to-release]: nothing has changed since `shop:api@0.3.2`"),
        "{stderr}"
    );
    witgen(dir.path(), &["bump", "patch"]);
    release(&dir, &[]);
    assert!(read(&dir, "CHANGELOG.md").contains("## 0.3.3 - 2026-01-31"));
    let (_, stderr) = refused(&dir, &[]);
    assert!(
        stderr.contains("the changelog has an entry for 0.3.3 already, in line 5"),
        "{stderr}"
    );
}

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
fn gates_that_name_a_pre_release_name_what_follows_it() {
    let dir = shop();
    let draft = RELEASED.replace("0.3.0", "0.4.0-rc.1").replace("0.3.2", "0.4.0-rc.1");
    write(dir.path(), "wit/api.wit", &draft);
    release(&dir, &["minor"]);
    let text = read(&dir, "wit/api.wit");
    assert!(text.contains("package shop:api@0.4.0;"), "{text}");
    assert!(!text.contains("rc.1"), "{text}");
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
