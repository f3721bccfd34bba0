//! Workspaces that can't be used, with the messages.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::tree::tree;

use crate::{IO, assert_runs, copies, run, workspace};

#[track_caller]
fn assert_rejected(manifest: &str, parts: &[&str]) {
    let home = workspace();
    home.write("repo/empty/file", "");
    home.write("repo/inner/witgen.toml", "[workspace]\nmembers = []\n");
    home.write("repo/witgen.toml", manifest);
    let before = tree(&home.path("repo"));
    for command in ["check", "generate", "fetch"] {
        let (status, stderr) = run(&home, "repo", &[command]);
        assert_eq!(status, 2, "{command}: {stderr}");
        for part in parts {
            assert!(stderr.contains(part), "{command}: {part}\n{stderr}");
        }
    }
    assert_eq!(tree(&home.path("repo")), before);
}

#[test]
fn members_that_cannot_be_used_are_rejected_where_they_are_listed() {
    assert_rejected(
        "[workspace]\nmembers = ['io', 'nowhere', 'empty', 'inner', './io']\n",
        &[
            "the member `nowhere` is not a directory",
            "--> witgen.toml:2:18",
            "the member `empty` has no WIT package",
            "the member `inner` is a workspace itself",
            "`./io` is listed twice",
            "--> witgen.toml:2:47",
        ],
    );
    assert_rejected(
        "[workspace]\nmember = ['io']\n",
        &["unknown field `member`", "did you mean `members`?"],
    );
}

#[test]
fn members_that_define_the_same_package_are_rejected() {
    let home = workspace();
    home.write(
        "repo/witgen.toml",
        "[workspace]\nmembers = ['io', 'draft']\n",
    );
    home.write("repo/draft/io.wit", IO);
    let (status, stderr) = run(&home, "repo", &["check"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains(
            "error[duplicate-package]: the members `io` and `draft` both define `my:io@1.0.0`"
        ),
        "{stderr}"
    );
    // Two versions side by side are two packages.
    home.write("repo/draft/io.wit", IO.replace("1.0.0", "1.1.0"));
    assert_runs(&home, "repo", &["check"]);
}

#[test]
fn members_that_need_each_other_in_a_circle_are_rejected() {
    let home = workspace();
    home.write(
        "repo/io/io.wit",
        "package my:io@1.0.0; interface bytes { type byte = u8; } world w { import my:clocks/clock@1.0.0; }",
    );
    let (status, stderr) = run(&home, "repo", &["fetch"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains(
            "error[circular-members]: the members `clocks`, `io` depend on each other in a cycle"
        ),
        "{stderr}"
    );
    assert!(stderr.contains("witgen.toml:2:20"), "{stderr}");
    assert_eq!(copies(&home), [""; 0]);
}

#[test]
fn path_dependencies_complete_a_circle_of_members() {
    let home = workspace();
    assert_runs(&home, "repo", &["fetch"]);
    let before = tree(&home.path("repo"));
    let (status, stderr) = run(
        &home,
        "repo",
        &["-C", "io", "add", "my:http", "--path", "../http"],
    );
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("error[package-cycle]"), "{stderr}");
    assert_eq!(tree(&home.path("repo")), before);

    home.write(
        "repo/io/witgen.toml",
        "wit = '.'\n[dependencies]\n'my:http' = { path = '../http' }\n",
    );
    for args in [
        &["fetch"][..],
        &["generate"],
        &["check"],
        &["publish", "--workspace", "--dry-run"],
    ] {
        let (status, stderr) = run(&home, "repo", args);
        assert_eq!(status, 2, "{args:?}: {stderr}");
        let message = "the members `http`, `clocks`, `io` depend on each other in a cycle";
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
}

#[test]
fn a_member_that_is_no_wit_is_one_of_several_problems() {
    let home = workspace();
    assert_runs(&home, "repo", &["generate"]);
    home.write("repo/io/io.wit", "package my:io@1.0.0; interface {");
    home.write("repo/http/golden/worlds/w.wit", "changed");
    let (status, stderr) = run(&home, "repo", &["check"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("--> io/io.wit:1:32"), "{stderr}");
    assert!(
        stderr.contains("`http/golden/worlds/w.wit` differs from what witgen generates"),
        "{stderr}"
    );
}

#[test]
fn members_that_write_into_one_directory_are_rejected_before_one_removes_the_others_files() {
    let home = workspace();
    home.write(
        "repo/clocks/witgen.toml",
        "[docs]\nout = '../http/golden'\n",
    );
    for (folder, command) in [
        ("repo", "check"),
        ("repo", "generate"),
        ("repo/clocks", "generate"),
    ] {
        let (status, stderr) = run(&home, folder, &[command]);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains("both write into"), "{stderr}");
        assert!(stderr.contains("http/witgen.toml"), "{stderr}");
    }
    assert_eq!(copies(&home), [""; 0]);
}

#[test]
fn a_workspace_without_members_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("witgen.toml"),
        "[workspace]\nmembers = []\n",
    )
    .unwrap();
    for args in [
        &["lint"][..],
        &["fetch"],
        &["check"],
        &["generate"],
        &["publish", "--workspace"],
        &["add", "wasi:cli"],
    ] {
        let (status, stderr) = witgen(dir.path(), args);
        assert_eq!(status, 2, "{args:?}: {stderr}");
        let message = "error[no-wit]: the workspace has no members";
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
}

#[test]
fn outputs_cannot_be_written_into_folders_of_dependencies_or_through_links_into_one_directory() {
    let home = workspace();
    assert_runs(&home, "repo", &["generate"]);
    let before = copies(&home);
    for out in ["wit/deps", "../http/wit/deps", "../http/link"] {
        let _ = std::os::unix::fs::symlink("golden", home.path("repo/http/link"));
        home.write(
            "repo/clocks/witgen.toml",
            format!("[docs]\nout = '{out}'\n"),
        );
        let (status, stderr) = run(&home, "repo/clocks", &["generate"]);
        assert_eq!(status, 2, "{out}: {stderr}");
        assert!(
            stderr.contains("clocks/witgen.toml") || stderr.contains("witgen.toml:"),
            "{stderr}"
        );
    }
    fs::remove_file(home.path("repo/clocks/witgen.toml")).unwrap();
    let (status, stderr) = run(&home, "repo/clocks", &["docs", "--out", "wit/deps"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains("is the directory of dependencies"),
        "{stderr}"
    );
    assert_eq!(copies(&home), before);
}
