//! Which package a command is about, depending on where it is started.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::git::git;
use testkit::home::Home;

use crate::{IO, assert_runs, copies, run, workspace};

#[test]
fn commands_in_a_member_are_about_that_member() {
    let home = workspace();
    assert_runs(&home, "repo", &["fetch"]);
    for (folder, package) in [
        ("repo/http", "my:http@1.0.0"),
        ("repo/http/wit/deps", "my:http@1.0.0"),
        ("repo/clocks/wit", "my:clocks@1.0.0"),
        ("repo/io", "my:io@1.0.0"),
    ] {
        let shown = home.run(&home.path(folder), &["inspect"]).printed();
        assert!(
            shown.starts_with(&format!("package {package}")),
            "{folder}: {shown}"
        );
    }
    let checked = assert_runs(&home, "repo/io", &["check"]);
    assert!(
        checked.contains("ok: checked the lint rules\n"),
        "{checked}"
    );
    let (status, stderr) = run(&home, "repo", &["lint"]);
    assert_eq!(status, 2);
    assert!(
        stderr
            .contains("error[no-wit]: the workspace has several packages: `http`, `clocks`, `io`"),
        "{stderr}"
    );
    assert!(stderr.contains("-C DIR"), "{stderr}");
}

#[test]
fn the_manifest_is_found_from_every_folder_below_it() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("witgen.toml", "wit = 'api'\n[golden]\nout = 'golden'\n");
    write("api/io.wit", IO);
    write("src/deep/file", "");
    let (status, stderr) = witgen(&dir.path().join("src/deep"), &["generate"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(
        stderr.contains("created ../../golden/fingerprints.txt"),
        "{stderr}"
    );
    assert!(dir.path().join("golden/fingerprints.txt").is_file());
    for folder in ["src/deep", "api", "."] {
        let (status, stderr) = witgen(&dir.path().join(folder), &["check"]);
        assert_eq!(status, 0, "{folder}: {stderr}");
    }
    let (status, stderr) = witgen(dir.path(), &["-C", "src", "check"]);
    assert_eq!(status, 0, "{stderr}");
    let (status, stderr) = witgen(dir.path(), &["check", "-C", "nowhere"]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("error[not-a-directory]: cannot enter `nowhere`"),
        "{stderr}"
    );
}

#[test]
fn a_package_is_an_argument_too() {
    let home = workspace();
    home.write("repo/io/bad.wit", "package my:io@1.0.0; interface empty {}");
    for args in [&["lint", "io"][..], &["lint", "--wit", "io"]] {
        let (_, stderr) = run(&home, "repo", args);
        assert!(
            stderr.contains("warning[empty-interface]"),
            "{args:?}: {stderr}"
        );
    }
    assert_runs(&home, "repo", &["docs", "io", "--out", "pages"]);
    assert!(home.path("repo/pages/README.md").is_file());
    assert_runs(&home, "repo", &["golden", "io", "--out", "g", "--no-test"]);
    assert_runs(
        &home,
        "repo",
        &[
            "rust",
            "wasi:http@0.3.1002",
            "--world",
            "proxy",
            "--out",
            "r",
        ],
    );
    assert_runs(&home, "repo", &["fetch", "clocks/wit"]);
    assert_eq!(copies(&home), ["clocks/wit/deps/my-io-1.0.0/package.wit"]);
    let (status, stderr) = run(&home, "repo", &["lint", "io", "--wit", "clocks/wit"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("cannot be used with"), "{stderr}");
}

#[test]
fn the_roots_own_package_is_that_of_commands_for_one_package() {
    let home = workspace();
    home.write(
        "repo/witgen.toml",
        "wit = 'root'\n[workspace]\nmembers = ['http', 'clocks', 'io']\n",
    );
    home.write("repo/root/a.wit", "package my:root@1.0.0; interface i {}");
    for folder in ["repo", "repo/root"] {
        let shown = home.run(&home.path(folder), &["inspect"]).printed();
        assert!(shown.starts_with("package my:root@1.0.0"), "{shown}");
    }
    let checked = assert_runs(&home, "repo", &["fetch"]);
    assert!(checked.contains("created http/wit/deps"), "{checked}");
}

#[test]
fn a_package_that_is_an_argument_has_the_settings_of_its_own_manifest() {
    let home = workspace();
    home.write(
        "repo/clocks/witgen.toml",
        "[publish]\ndescription = 'Time'\n",
    );
    assert_runs(&home, "repo", &["fetch"]);
    let dry = home.run(&home.path("repo"), &["publish", "clocks/wit", "--dry-run"]).printed();
    assert!(dry.contains("Time"), "{dry}");
    let (status, stderr) = run(&home, "repo", &["lint", "nowhere"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("--> nowhere"), "{stderr}");
}

#[test]
fn wit_beside_the_manifest_is_its_package() {
    let home = Home::with_directory();
    home.write("one/witgen.toml", "[lint]\ndeny-warnings = true\n");
    home.write("one/a.wit", "package my:one@1.0.0; interface {");
    let (status, stderr) = run(&home, "one", &["check"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("a.wit:1:33"), "{stderr}");
    home.write("one/a.wit", IO.replace("my:io", "my:one"));
    let shown = home.run(&home.path("one"), &["inspect"]).printed();
    assert!(shown.starts_with("package my:one@1.0.0"), "{shown}");
    assert_runs(&home, "one", &["fetch"]);
}

#[test]
fn diff_compares_each_member_with_itself_in_a_revision() {
    let home = workspace();
    let repository = home.path("repo");
    git(&repository, &["init", "--quiet"]);
    assert_runs(&home, "repo", &["fetch"]);
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "-m", "first"]);
    home.write("repo/io/io.wit", IO.replace("u8", "u16"));
    home.write(
        "repo/new/wit/new.wit",
        "package my:new@1.0.0; interface i { f: func(); }",
    );
    home.write(
        "repo/witgen.toml",
        "[workspace]\nmembers = ['http', 'clocks', 'io', 'new']\n",
    );
    let shown = home.run(&repository, &["diff", "git:HEAD"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    assert_eq!(shown.stderr, "my:new@1.0.0 is new since git:HEAD\n");
    for part in [
        "my:http@1.0.0 → my:http@1.0.0\n",
        "my:io@1.0.0 → my:io@1.0.0\n",
        "error[alias-changed]: `bytes.byte`",
        "--> io/io.wit:5:7",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let shown = home.run(&repository, &["diff", "git:HEAD", "--format", "json"]);
    let packages: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(packages.as_array().unwrap().len(), 3);
    let failed = home.run(&repository, &["diff", "git:HEAD", "--fail-on", "any"]);
    assert_eq!(failed.status, 1, "{}", failed.stderr);
    // Other packages are compared one at a time.
    let failed = home.run(&repository, &["diff", "my:io@1.0.0"]);
    assert_eq!(failed.status, 2, "{}", failed.stderr);
    assert!(failed.stderr.contains("-C DIR"), "{}", failed.stderr);
}
