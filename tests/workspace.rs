//! Several packages in one repository, and commands that are started below the manifest.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::home::Home;
use testkit::tree::tree;

const IO: &str = "/// Streams.\npackage my:io@1.0.0;\n/// Bytes.\ninterface bytes { /// A byte.\n type byte = u8; }\n";
const CLOCKS: &str = "package my:clocks@1.0.0; interface clock { use my:io/bytes@1.0.0.{byte}; now: func() -> byte; }";
const HTTP: &str = "package my:http@1.0.0; world w { import my:clocks/clock@1.0.0; }";

/// Writes a workspace whose members need each other, in the wrong order: one has a manifest, one a directory `wit`, and one is
/// a directory of WIT.
fn workspace() -> Home {
    let home = Home::with_directory();
    home.write(
        "repo/witgen.toml",
        "[workspace]\nmembers = ['http', 'clocks', 'io']\n",
    );
    home.write("repo/http/witgen.toml", "[golden]\nout = 'golden'\n");
    home.write("repo/http/wit/http.wit", HTTP);
    home.write("repo/clocks/wit/clock.wit", CLOCKS);
    home.write("repo/io/io.wit", IO);
    home
}

fn run(home: &Home, folder: &str, args: &[&str]) -> (i32, String) {
    let ended = home.run(&home.path(folder), args);
    (ended.status, ended.stderr)
}

#[track_caller]
fn assert_runs(home: &Home, folder: &str, args: &[&str]) -> String {
    let (status, stderr) = run(home, folder, args);
    assert_eq!(status, 0, "{args:?}: {stderr}");
    stderr
}

fn copies(home: &Home) -> Vec<String> {
    let files = tree(&home.path("repo")).into_keys().map(|path| path.display().to_string());
    files
        .filter(|path| path.contains("deps/") && path.ends_with("package.wit"))
        .collect()
}

#[test]
fn members_get_what_other_members_define_without_a_registry() {
    let home = workspace();
    assert_runs(&home, "repo", &["fetch"]);
    assert_eq!(
        copies(&home),
        [
            "clocks/wit/deps/my-io-1.0.0/package.wit",
            "http/wit/deps/my-clocks-1.0.0/package.wit",
            "http/wit/deps/my-io-1.0.0/package.wit",
        ]
    );
    assert!(
        !home.path("repo/http/wkg.lock").exists(),
        "nothing came from a registry"
    );
    assert_runs(&home, "repo", &["generate"]);
    let checked = assert_runs(&home, "repo", &["check"]);
    assert!(checked.contains("3 packages, 1 output"), "{checked}");
}

#[test]
fn generating_also_copies_what_members_define() {
    let home = workspace();
    assert_runs(&home, "repo", &["generate"]);
    assert_eq!(copies(&home).len(), 3);
    assert_runs(&home, "repo", &["check"]);
}

#[test]
fn missing_and_outdated_copies_are_reported_and_written_again() {
    let home = workspace();
    let (status, stderr) = run(&home, "repo", &["check"]);
    assert_eq!(status, 1, "{stderr}");
    for copy in [
        "clocks/wit/deps/my-io-1.0.0/package.wit",
        "http/wit/deps/my-clocks-1.0.0/package.wit",
    ] {
        assert!(stderr.contains(&format!("`{copy}` is missing")), "{stderr}");
    }
    assert_runs(&home, "repo", &["generate"]);
    let old = fs::read_to_string(home.path("repo/http/golden/worlds/w.wit")).unwrap();

    home.write("repo/io/io.wit", IO.replace("u8", "u16"));
    let (status, stderr) = run(&home, "repo", &["check"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(
        stderr.contains("`http/wit/deps/my-io-1.0.0/package.wit` is not what"),
        "{stderr}"
    );
    assert!(stderr.contains("+  type byte = u16;"), "{stderr}");
    assert!(stderr.contains("run `witgen generate`"), "{stderr}");

    assert_runs(&home, "repo", &["generate"]);
    assert_runs(&home, "repo", &["check"]);
    let new = fs::read_to_string(home.path("repo/http/golden/worlds/w.wit")).unwrap();
    assert_eq!(
        new,
        old.replace("u8", "u16"),
        "outputs are made from the new copies"
    );
}

#[test]
fn commands_for_one_member_report_the_copies_that_it_lacks() {
    let home = workspace();
    for (folder, args) in [
        ("repo/clocks", &["lint"][..]),
        ("repo/clocks", &["docs", "--out", "pages"]),
        ("repo", &["lint", "clocks/wit"]),
    ] {
        let (status, stderr) = run(&home, folder, args);
        assert_eq!(status, 2, "{stderr}");
        assert!(
            stderr.contains("wit/deps/my-io-1.0.0/package.wit` is missing"),
            "{stderr}"
        );
        assert!(stderr.contains("run `witgen generate`"), "{stderr}");
    }
    assert_eq!(copies(&home), [""; 0]);
}

#[test]
fn a_dry_run_lists_the_copies_and_writes_none() {
    let home = workspace();
    let before = tree(&home.path("repo/io"));
    assert_runs(&home, "repo", &["fetch"]);
    home.write("repo/io/io.wit", IO.replace("u8", "u16"));
    let listed = assert_runs(&home, "repo", &["generate", "--dry-run"]);
    assert!(
        listed.contains("would be changed http/wit/deps/my-io-1.0.0/package.wit"),
        "{listed}"
    );
    let copy = fs::read_to_string(home.path("repo/http/wit/deps/my-io-1.0.0/package.wit")).unwrap();
    assert!(copy.contains("u8"), "{copy}");
    assert_eq!(tree(&home.path("repo/io")).len(), before.len());
}

#[test]
fn packages_that_somebody_put_into_deps_stay_and_are_compared() {
    let home = workspace();
    let own = home.write("repo/clocks/wit/deps/io/io.wit", IO);
    assert_runs(&home, "repo", &["generate"]);
    assert_runs(&home, "repo", &["check"]);
    assert_eq!(fs::read_to_string(&own).unwrap(), IO);

    fs::write(&own, IO.replace("u8", "u32")).unwrap();
    let (status, stderr) = run(&home, "repo/clocks", &["check"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(
        stderr.contains("has another `my:io@1.0.0` than the workspace"),
        "{stderr}"
    );
    assert!(stderr.contains("../witgen.toml:2:30"), "{stderr}");
    assert_runs(&home, "repo", &["generate", "--dry-run"]);
    assert_eq!(fs::read_to_string(&own).unwrap(), IO.replace("u8", "u32"));
}

#[test]
fn files_of_registries_in_deps_stay_when_copies_are_written() {
    let home = workspace();
    home.publish(
        "units",
        "package acme:units@1.0.0; interface weight { type gram = u64; }",
    );
    home.write(
        "repo/http/wit/http.wit",
        HTTP.replace("import my", "import acme:units/weight@1.0.0; import my"),
    );
    assert_runs(&home, "repo", &["fetch"]);
    let folder = home.path("repo/http/wit/deps/acme-units-1.0.0");
    assert!(folder.join("package.wit").is_file());
    home.write("repo/io/io.wit", IO.replace("u8", "u16"));
    assert_runs(&home, "repo", &["generate"]);
    assert!(folder.join("package.wit").is_file(), "it isn't removed");
    assert_runs(&home, "repo", &["fetch", "--check"]);
}

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
    assert!(checked.contains("0 outputs, 0 relations"), "{checked}");
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
            "error[circular-members]: the members `clocks`, `io` need each other in a circle"
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
        let message = "the members `http`, `clocks`, `io` need each other in a circle";
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
        stderr.contains("`http/golden/worlds/w.wit` is not what witgen makes"),
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
fn a_copy_that_is_no_longer_needed_is_removed_unless_its_folder_has_other_files() {
    let home = workspace();
    assert_runs(&home, "repo", &["generate"]);
    let note = home.write("repo/clocks/wit/deps/my-io-1.0.0/NOTE", "mine");
    home.write("repo/io/io.wit", IO.replace("1.0.0", "1.1.0"));
    for file in ["repo/clocks/wit/clock.wit", "repo/http/wit/http.wit"] {
        let text = fs::read_to_string(home.path(file)).unwrap();
        home.write(file, text.replace("io/bytes@1.0.0", "io/bytes@1.1.0"));
    }
    assert_runs(&home, "repo", &["generate"]);
    assert!(note.is_file());
    assert_eq!(
        copies(&home),
        [
            "clocks/wit/deps/my-io-1.0.0/package.wit",
            "clocks/wit/deps/my-io-1.1.0/package.wit",
            "http/wit/deps/my-clocks-1.0.0/package.wit",
            "http/wit/deps/my-io-1.1.0/package.wit",
        ]
    );
    fs::remove_file(note).unwrap();
    assert_runs(&home, "repo", &["generate"]);
    assert_runs(&home, "repo", &["check"]);
    assert_eq!(copies(&home).len(), 3);
}

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
    assert!(stderr.contains("is the folder of dependencies"), "{stderr}");
    assert_eq!(copies(&home), before);
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
fn an_import_that_goes_takes_all_copies_with_it_at_once() {
    let home = workspace();
    assert_runs(&home, "repo", &["generate"]);
    home.write(
        "repo/http/wit/http.wit",
        "package my:http@1.0.0; world w {}",
    );
    assert_runs(&home, "repo", &["generate"]);
    assert_eq!(copies(&home), ["clocks/wit/deps/my-io-1.0.0/package.wit"]);
    assert_runs(&home, "repo", &["check"]);
}

#[test]
fn fetching_for_another_package_leaves_the_lock_of_this_one() {
    let home = Home::with_directory();
    home.publish(
        "units",
        "package acme:units@1.0.0; interface weight { type gram = u64; }",
    );
    let uses =
        |name: &str| format!("package me:{name}; world w {{ import acme:units/weight@1.0.0; }}");
    home.package("app", &uses("app"));
    home.write("app/other/wit/a.wit", uses("other"));
    home.write("app/none/a.wit", "package me:none;");
    home.run(&home.path("app"), &["fetch"]).printed();
    let lock = fs::read_to_string(home.path("app/wkg.lock")).unwrap();
    for other in ["other/wit", "none"] {
        home.run(&home.path("app"), &["fetch", other]).printed();
        assert_eq!(
            fs::read_to_string(home.path("app/wkg.lock")).unwrap(),
            lock,
            "{other}"
        );
    }
    assert!(home.path("app/other/wkg.lock").is_file());
}
