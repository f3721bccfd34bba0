//! `witgen bump`: another version, in every file that names it.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use tempfile::TempDir;
use testkit::command::{findings, witgen};
use testkit::tree::tree;

const API: &str = "\
// shop:api@0.3.2 in a comment stays
package shop:api@0.3.2; // ours

/// Orders.
interface orders {
  use shop:money/types@0.3.2.{cents};
  @since(version = 0.3.2)
  place: func(total: cents);
  cancel: func();
}
";

const WORLDS: &str = "\
package shop:api@0.3.2;

world client {
  import orders;
}
";

const MONEY: &str = "package shop:money@0.3.2;\n\ninterface types {\n  type cents = u32;\n}\n";

const GATE: &str = "\
package shop:gate@1.0.0;

world gate {
  import shop:api/orders@0.3.2;
  import own: interface { use shop:api/orders@0.3.1.{cents}; }
}
";

/// A package with a dependency and a baseline, and beside it a package that uses it.
fn shop() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("wit/api.wit", API),
        ("wit/worlds.wit", WORLDS),
        ("wit/deps/money/money.wit", MONEY),
        ("gate/wit/gate.wit", GATE),
        ("gate/wit/deps/api/api.wit", API),
        ("released/api.wit", API),
        ("released/worlds.wit", WORLDS),
        ("released/deps/money/money.wit", MONEY),
        (
            "witgen.toml",
            "wit = 'wit'\n[baseline]\npackage = 'released'\n[workspace]\nmembers = ['gate']\n",
        ),
    ] {
        write(dir.path(), path, text);
    }
    dir
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn edit(dir: &TempDir, from: &str, to: &str) {
    let path = dir.path().join("wit/api.wit");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text} has no {from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn read(dir: &TempDir, path: &str) -> String {
    fs::read_to_string(dir.path().join(path)).unwrap()
}

#[test]
fn every_file_of_the_package_and_its_users_gets_the_version_and_copies_stay() {
    let dir = shop();
    let (status, stderr) = witgen(dir.path(), &["bump", "patch"]);
    assert_eq!(status, 0, "{stderr}");
    let expected = "\
changed gate/wit/gate.wit
changed wit/api.wit
changed wit/worlds.wit
shop:api 0.3.2 → 0.3.3 in 3 files
`shop:gate` uses the new version: run `witgen bump` in gate before publishing it
next: witgen generate
";
    assert_eq!(stderr, expected);
    let line = |text: &str| text.replace("package shop:api@0.3.2", "package shop:api@0.3.3");
    assert_eq!(read(&dir, "wit/api.wit"), line(API));
    assert_eq!(
        read(&dir, "wit/worlds.wit"),
        WORLDS.replace("0.3.2", "0.3.3")
    );
    assert_eq!(
        read(&dir, "gate/wit/gate.wit"),
        GATE.replace("0.3.2", "0.3.3")
    );
    assert_eq!(read(&dir, "gate/wit/deps/api/api.wit"), API);
    assert_eq!(read(&dir, "wit/deps/money/money.wit"), MONEY);
}

#[test]
fn a_workspace_may_list_the_package_itself_and_lists_no_folder_that_is_missing() {
    let dir = shop();
    let manifest = read(&dir, "witgen.toml");
    write(
        dir.path(),
        "witgen.toml",
        &manifest.replace("['gate']", "['gate', '.']"),
    );
    let (status, stderr) = witgen(dir.path(), &["bump", "patch"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stderr.contains("in 3 files\n"), "{stderr}");
    write(
        dir.path(),
        "witgen.toml",
        &manifest.replace("['gate']", "['gates']"),
    );
    let before = tree(dir.path());
    let (status, stderr) = witgen(dir.path(), &["bump", "patch"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains("the member `gates` is not a directory"),
        "{stderr}"
    );
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn a_version_that_another_member_has_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "witgen.toml",
        "[workspace]\nmembers = ['new', 'old', 'app']\n",
    );
    write(
        dir.path(),
        "new/wit/money.wit",
        &MONEY.replace("0.3.2", "0.4.0"),
    );
    write(dir.path(), "old/wit/money.wit", MONEY);
    let app = "package shop:app@1.0.0;\n\nworld app {\n  import shop:money/types@0.3.2;\n}\n";
    write(dir.path(), "app/wit/app.wit", app);
    let before = tree(dir.path());
    for args in [["bump", "minor"], ["bump", "0.4.0"]] {
        let (status, stderr) = witgen(&dir.path().join("old"), &args);
        assert_eq!(status, 2, "{stderr}");
        for part in [
            "error[duplicate-package]: the member `../new` defines `shop:money@0.4.0` already",
            "../new/wit/money.wit:1:9",
            " wit/money.wit:1:9",
        ] {
            assert!(stderr.contains(part), "{part} is not in\n{stderr}");
        }
        assert_eq!(tree(dir.path()), before);
    }
    // Two members with one version: each moves alone.
    write(dir.path(), "new/wit/money.wit", MONEY);
    let (status, stderr) = witgen(&dir.path().join("old"), &["bump", "minor"]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(read(&dir, "new/wit/money.wit"), MONEY);
    assert_eq!(read(&dir, "app/wit/app.wit"), app.replace("0.3.2", "0.4.0"));
}

#[test]
fn requirements_of_other_members_that_do_not_allow_the_version_are_reported() {
    let dir = shop();
    write(
        dir.path(),
        "gate/witgen.toml",
        "[dependencies]\n'shop:api' = '0.3'\n",
    );
    let (status, stderr) = witgen(dir.path(), &["bump", "patch"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(!stderr.contains("warning"), "{stderr}");
    let (status, stderr) = witgen(dir.path(), &["bump", "minor"]);
    assert_eq!(status, 0, "{stderr}");
    for part in [
        "warning[requirement-violated]: the requirement `^0.3` doesn't allow shop:api@0.4.0",
        "gate/witgen.toml:2:14",
        "require `0.4.0` instead",
    ] {
        assert!(stderr.contains(part), "{part} is not in\n{stderr}");
    }
}

#[test]
fn a_dry_run_shows_the_lines_and_writes_nothing() {
    let dir = shop();
    let before = tree(dir.path());
    let (status, stdout) = findings(dir.path(), &["bump", "0.3.4", "--dry-run"]);
    assert_eq!(status, 0, "{stdout}");
    for line in [
        "shop:api 0.3.2 → 0.3.4",
        "-package shop:api@0.3.2; // ours",
        "+package shop:api@0.3.4; // ours",
        "+++ gate/wit/gate.wit",
        "+  import shop:api/orders@0.3.4;",
    ] {
        assert!(
            stdout.lines().any(|it| it == line),
            "{line} is not in\n{stdout}"
        );
    }
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn a_dry_run_shows_that_lines_keep_their_carriage_returns() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "api.wit", &MONEY.replace('\n', "\r\n"));
    let (status, stdout) = findings(dir.path(), &["bump", "patch", "--dry-run"]);
    assert_eq!(status, 0, "{stdout}");
    for line in [
        "-package shop:money@0.3.2;\\r",
        "+package shop:money@0.3.3;\\r",
    ] {
        assert!(
            stdout.lines().any(|it| it == line),
            "{line} is not in\n{stdout}"
        );
    }
}

#[test]
fn without_an_argument_the_version_is_the_least_that_the_changes_allow() {
    let dir = shop();
    let (status, stderr) = witgen(dir.path(), &["bump"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stderr.contains("shop:api stays 0.3.2"), "{stderr}");
    // An addition before 1.0.
    edit(
        &dir,
        "  cancel: func();",
        "  cancel: func();\n  track: func();",
    );
    witgen(dir.path(), &["bump"]);
    assert!(read(&dir, "wit/api.wit").contains("shop:api@0.3.3;"));
    let (_, stderr) = witgen(dir.path(), &["bump"]);
    assert!(stderr.contains("shop:api stays 0.3.3"), "{stderr}");
    // A break before 1.0.
    edit(&dir, "  cancel: func();\n", "");
    witgen(dir.path(), &["bump"]);
    assert!(read(&dir, "gate/wit/gate.wit").contains("shop:api/orders@0.4.0;"));
}

#[test]
fn a_gate_later_than_the_package_asks_for_its_version() {
    let dir = shop();
    edit(&dir, "  cancel", "  @since(version = 0.3.5)\n  cancel");
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("run `witgen bump 0.3.5`"), "{stderr}");
    let (status, stderr) = witgen(dir.path(), &["bump"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stderr.contains("shop:api 0.3.2 → 0.3.5"), "{stderr}");
}

#[test]
fn a_version_that_is_too_low_is_refused_with_the_changes_unless_that_is_allowed() {
    let dir = shop();
    edit(&dir, "  cancel: func();\n", "");
    let before = tree(dir.path());
    let (status, stderr) = witgen(dir.path(), &["bump", "patch"]);
    assert_eq!(status, 1, "{stderr}");
    assert_eq!(tree(dir.path()), before);
    for part in [
        "error[function-removed]: function `orders.cancel` was removed",
        "released/api.wit:9:3",
        "error[version-too-low]: 0.3.3 is too low after `shop:api@0.3.2`: at least 0.4.0 (minor), because function \
         `orders.cancel` was removed",
        "run `witgen bump minor`, or undo the changes",
        "pass `--allow-breaking` to bump anyway",
    ] {
        assert!(stderr.contains(part), "{part} is not in\n{stderr}");
    }
    let (status, stderr) = witgen(dir.path(), &["bump", "patch", "--allow-breaking"]);
    assert_eq!(status, 0, "{stderr}");
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("run `witgen bump 0.4.0`"), "{stderr}");
}

#[test]
fn a_number_that_is_the_largest_is_not_raised() {
    let dir = tempfile::tempdir().unwrap();
    let largest = MONEY.replace("0.3.2", "0.3.18446744073709551615");
    write(dir.path(), "api.wit", &largest);
    let (status, stderr) = witgen(dir.path(), &["bump", "patch"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains("no patch version follows `shop:money@0.3.18446744073709551615`"),
        "{stderr}"
    );
    let (status, stderr) = witgen(dir.path(), &["bump", "0.3.1"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains("pass a higher one; a published"),
        "{stderr}"
    );
    // An addition asks for the next version that there is.
    write(dir.path(), "released/api.wit", &largest);
    write(
        dir.path(),
        "wit/api.wit",
        &largest.replace("}", "  type euros = u32;\n}"),
    );
    write(
        dir.path(),
        "witgen.toml",
        "wit = 'wit'\n[baseline]\npackage = 'released'\n",
    );
    let (status, stderr) = witgen(dir.path(), &["bump"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(read(&dir, "wit/api.wit").contains("shop:money@0.4.0;"));
}

#[test]
fn a_file_of_its_own_and_a_folder_of_files_are_packages_too() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "api.wit", MONEY);
    let (status, stderr) = witgen(dir.path(), &["bump", "major"]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(read(&dir, "api.wit"), MONEY.replace("0.3.2", "1.0.0"));
    write(dir.path(), "witgen.toml", "wit = 'api.wit'\n");
    let (status, stderr) = witgen(dir.path(), &["bump", "minor"]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(read(&dir, "api.wit"), MONEY.replace("0.3.2", "1.1.0"));
}

/// Returns the lines of a text that another doesn't have.
fn changed_lines<'t>(before: &str, after: &'t str) -> Vec<&'t str> {
    after.lines().filter(|line| !before.lines().any(|it| it == *line)).collect()
}

#[test]
fn golden_files_change_in_the_line_that_names_the_version() {
    let dir = shop();
    write(
        dir.path(),
        "witgen.toml",
        "wit = 'wit'\n[golden]\nout = 'golden'\n",
    );
    let files = [
        "worlds/client.abi.txt",
        "worlds/client.wit",
        "fingerprints.txt",
    ];
    let golden = || files.map(|file| read(&dir, &format!("golden/{file}")));
    witgen(dir.path(), &["generate"]);
    let before = golden();
    witgen(dir.path(), &["bump", "patch"]);
    witgen(dir.path(), &["generate"]);
    let after = golden();
    let changed: Vec<_> = before
        .iter()
        .zip(&after)
        .map(|(before, after)| changed_lines(before, after))
        .collect();
    assert_eq!(
        changed,
        [
            ["#   shop:api@0.3.3"],
            ["package shop:api@0.3.3;"],
            ["#   shop:api@0.3.3"]
        ]
    );
}

#[test]
fn golden_files_tell_two_versions_of_a_package_apart() {
    let dir = shop();
    write(
        dir.path(),
        "witgen.toml",
        "wit = 'wit'\n[golden]\nout = 'golden'\n",
    );
    let money = |version: &str| {
        format!(
            "package shop:money@{version};\ninterface types {{ type cents = u32; count: func(); }}\n"
        )
    };
    write(dir.path(), "wit/deps/money/money.wit", &money("0.3.2"));
    write(dir.path(), "wit/deps/money-0.4/money.wit", &money("0.4.0"));
    let both = "import shop:money/types@0.3.2;\n  import shop:money/types@0.4.0;\n  import orders;";
    write(
        dir.path(),
        "wit/worlds.wit",
        &WORLDS.replace("import orders;", both),
    );
    let (status, stderr) = witgen(dir.path(), &["generate"]);
    assert_eq!(status, 0, "{stderr}");
    let abi = read(&dir, "golden/worlds/client.abi.txt");
    for line in [
        "#   shop:api@0.3.2",
        "import shop:api/orders cancel ()",
        "import shop:money/types@0.3.2 count ()",
        "import shop:money/types@0.4.0 count ()",
    ] {
        assert!(abi.lines().any(|it| it == line), "{line} is not in\n{abi}");
    }
    assert!(!abi.contains("#   shop:money"), "{abi}");
}
