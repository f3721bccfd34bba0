//! `witgen publish` in a workspace.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::home::Home;
use testkit::tree::tree;

use crate::{HTTP, assert_runs, run, workspace};

#[test]
fn a_published_copy_does_not_replace_a_member_that_is_no_wit() {
    let home = workspace();
    assert_runs(&home, "repo", &["fetch"]);
    assert_runs(&home, "repo", &["publish", "--workspace", "--no-check"]);
    fs::remove_dir_all(home.path("repo/clocks/wit/deps")).unwrap();
    home.write("repo/io/io.wit", "package my:io@1.0.0; interface {");
    let before = tree(&home.path("repo"));
    for (folder, args) in [
        ("repo/clocks", &["fetch"][..]),
        ("repo/clocks", &["add", "my:io"]),
        ("repo/clocks", &["update"]),
        ("repo", &["fetch", "clocks/wit"]),
        ("repo", &["publish", "--workspace", "--no-check"]),
    ] {
        let (status, stderr) = run(&home, folder, args);
        assert_eq!(status, 2, "{args:?}: {stderr}");
        assert!(stderr.contains("io/io.wit:1:32"), "{args:?}: {stderr}");
    }
    assert_eq!(tree(&home.path("repo")), before);
}

fn registry(home: &Home) -> Vec<String> {
    let root = home.path("registry/my");
    if !root.is_dir() {
        return Vec::new();
    }
    let files = tree(&root).into_keys().map(|path| path.display().to_string());
    files.filter(|path| path.ends_with(".wasm")).collect()
}

#[test]
fn a_workspace_is_published_in_the_order_of_its_dependencies() {
    let home = workspace();
    assert_runs(&home, "repo", &["generate"]);
    let dry = home.run(&home.path("repo"), &["publish", "--workspace", "--dry-run"]).printed();
    assert!(dry.contains("my:http@1.0.0"), "{dry}");
    assert_eq!(registry(&home), [""; 0]);

    let printed = home.run(&home.path("repo"), &["publish", "--workspace"]).printed();
    let order: Vec<&str> = printed
        .lines()
        .filter_map(|line| line.split("registry/my/").nth(1)?.split('/').next())
        .collect();
    assert_eq!(order, ["io", "clocks", "http"]);
    assert_eq!(
        registry(&home),
        ["clocks/1.0.0.wasm", "http/1.0.0.wasm", "io/1.0.0.wasm"]
    );

    // Published versions are skipped; the changed member has a new one.
    home.write(
        "repo/http/wit/http.wit",
        HTTP.replace("http@1.0.0", "http@1.0.1"),
    );
    let again = assert_runs(&home, "repo", &["publish", "--workspace", "--no-check"]);
    assert!(
        again.contains("my:io@1.0.0 was already published"),
        "{again}"
    );
    assert!(again.contains("published my:http@1.0.1"), "{again}");
}

#[test]
fn a_new_version_of_one_member_leads_to_new_versions_of_its_users() {
    let home = workspace();
    assert_runs(&home, "repo", &["generate"]);
    assert_runs(&home, "repo", &["publish", "--workspace", "--no-check"]);
    let bumped = assert_runs(&home, "repo/io", &["bump", "minor"]);
    assert!(
        bumped.contains("`my:clocks` uses the new version: run `witgen bump` in ../clocks"),
        "{bumped}"
    );
    // The copies are those of the old version.
    for command in ["bump", "release"] {
        home.write("repo/clocks/witgen.toml", "");
        let (status, stderr) = run(&home, "repo/clocks", &[command, "minor"]);
        assert_eq!(status, 1, "{stderr}");
        assert!(stderr.contains("run `witgen generate`"), "{stderr}");
        assert!(!stderr.contains("missing-package"), "{stderr}");
    }
    assert_runs(&home, "repo", &["generate"]);
    let (status, stderr) = run(&home, "repo", &["publish", "--workspace", "--no-check"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("error[already-published]"), "{stderr}");
    assert!(stderr.contains("run `witgen bump` in clocks"), "{stderr}");
    assert_runs(&home, "repo/clocks", &["bump", "minor"]);
}

#[test]
fn one_member_that_cannot_be_published_keeps_all_from_being_published() {
    let home = workspace();
    assert_runs(&home, "repo", &["generate"]);
    home.run(&home.path("repo/http"), &["publish", "--no-check"]).printed();
    home.write("repo/http/wit/http.wit", HTTP.replace("import", "export"));
    let (status, stderr) = run(&home, "repo", &["publish", "--workspace"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("nothing was published"), "{stderr}");
    // The same without the check: the contents of a version never change.
    let (_, stderr) = run(&home, "repo", &["publish", "--workspace", "--no-check"]);
    assert!(stderr.contains("1.0.0"), "{stderr}");
    assert_eq!(registry(&home), ["http/1.0.0.wasm"]);
}

#[test]
fn options_that_do_not_apply_are_rejected() {
    let home = workspace();
    home.write("repo/c.wasm", b"\0asm\x0d\0\x01\0");
    for (args, part) in [
        (
            &["publish", "io", "--package", "a:b@1.0.0"][..],
            "`--package` doesn't apply",
        ),
        (
            &["publish", "c.wasm", "--package", "a:b@1.0.0", "--docs"],
            "cannot be used with",
        ),
        (&["publish", "c.wasm", "--docs"], "`--docs` doesn't apply"),
        (&["publish", "--workspace", "io"], "cannot be used with"),
    ] {
        let (status, stderr) = run(&home, "repo", args);
        assert_eq!(status, 2, "{args:?}: {stderr}");
        assert!(stderr.contains(part), "{args:?}: {stderr}");
    }
    let line = home.run(&home.path("repo"), &["publish", "io"]).printed();
    assert!(line.contains("my/io/1.0.0.wasm"), "{line}");
}

#[test]
fn a_tag_publishes_the_members_that_it_is_of() {
    let home = workspace();
    home.write(
        "repo/http/witgen.toml",
        "[release]\ntag = 'http-v{version}'\n",
    );
    assert_runs(&home, "repo", &["generate"]);
    let (status, stderr) = run(&home, "repo", &["publish", "--tag", "v9.0.0"]);
    assert_eq!(status, 2, "{stderr}");
    for expected in [
        "`my:http@1.0.0` is `http-v1.0.0`",
        "`my:io@1.0.0` is `v1.0.0`",
    ] {
        assert!(stderr.contains(expected), "{stderr}");
    }
    assert_eq!(registry(&home), [""; 0]);
    assert_runs(&home, "repo", &["publish", "--tag", "v1.0.0"]);
    assert_eq!(registry(&home), ["clocks/1.0.0.wasm", "io/1.0.0.wasm"]);
    assert_runs(&home, "repo", &["publish", "--tag", "http-v1.0.0"]);
    assert_eq!(registry(&home).len(), 3);
}
