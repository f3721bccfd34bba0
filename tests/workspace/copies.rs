//! Packages that members define, as copies in `deps/` of other members.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::home::Home;
use testkit::tree::tree;

use crate::{HTTP, IO, assert_runs, copies, run, workspace};

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
        stderr.contains("`http/wit/deps/my-io-1.0.0/package.wit` differs from what"),
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
