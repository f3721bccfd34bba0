//! What a release changes.

use pretty_assertions::assert_eq;
use testkit::command::{findings, witgen};
use testkit::tree::tree;

use super::shop::{RELEASED, commit, edit, git, read, refused, release, shop, write};

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
        (
            0,
            "ok: checked 2 outputs, the lint rules and the baseline\n"
        )
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
fn gates_that_name_a_pre_release_name_what_follows_it() {
    let dir = shop();
    let draft = RELEASED.replace("0.3.0", "0.4.0-rc.1").replace("0.3.2", "0.4.0-rc.1");
    write(dir.path(), "wit/api.wit", &draft);
    release(&dir, &["minor"]);
    let text = read(&dir, "wit/api.wit");
    assert!(text.contains("package shop:api@0.4.0;"), "{text}");
    assert!(!text.contains("rc.1"), "{text}");
}
